import type { NextAction } from './objects.js';

/**
 * What the payer must do: go to the page of their bank, where there is an address to come back to, or let Stripe.js show it.
 * @param id of the intent or the setup
 */
export function challengeAt(url: string, id: string, returnUrl: string | undefined): NextAction {
  if (returnUrl !== undefined)
    return {
      type: 'redirect_to_url',
      redirect_to_url: { url: `${url}&return_url=${encodeURIComponent(returnUrl)}`, return_url: returnUrl },
    };
  const source = `src_${id.slice(id.indexOf('_') + 1)}`;
  return { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url, source } };
}
