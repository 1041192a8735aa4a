import { invalid, type Reply } from './answers.js';
import type { PaymentIntent } from './objects.js';
import type { Simulated } from './routes.js';

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The page of a card's bank, on which a payer passes or fails the challenge of 3-D Secure, or leaves. */
function challengePage(intent: PaymentIntent, returnUrl: string | null): string {
  const back = returnUrl === null ? '' : `<input type="hidden" name="return_url" value="${escaped(returnUrl)}">`;
  const button = (outcome: string, label: string) =>
    `<form method="post"><input type="hidden" name="outcome" value="${outcome}">${back}<button>${label}</button></form>`;
  const body =
    intent.status === 'requires_action'
      ? `<p>Your bank wants to know whether it is you who pays <b>${intent.amount} ${escaped(intent.currency.toUpperCase())}</b> (in the smallest unit) to the simulated shop.</p>
${button('pass', 'Complete authentication')}
${button('fail', 'Fail authentication')}
${button('abandon', 'Leave without doing either')}`
      : `<p>There is nothing to do: the payment is <b>${escaped(intent.status)}</b>.</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated 3-D Secure challenge</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem; color: #1a1a2e; background: #f7f7fb }
main { background: #fff; border: 1px solid #d9d9e3; border-radius: 8px; padding: 1.5rem }
button { width: 100%; margin: .3rem 0; padding: .7rem; font: inherit; border: 1px solid #4b4bd6; border-radius: 6px; background: #fff; color: #35359e; cursor: pointer }
form:first-of-type button { background: #4b4bd6; color: #fff }
</style>
</head>
<body><main>
<h1>3-D Secure</h1>
${body}
<p><small>A simulator’s page: no bank is asked and no money moves. Payment ${escaped(intent.id)}.</small></p>
</main></body>
</html>
`;
}

/** The page of the payer's bank. Its address holds the client secret, as the payer's browser does. */
export function challenge({ store, bank }: Simulated, method: string, url: URL, body: string): Reply {
  const { intent } = store.intent(url.pathname.split('/')[3] ?? '');
  if (url.searchParams.get('client_secret') !== intent.client_secret)
    throw invalid(401, 'The client secret is not that of the payment intent.', 'payment_intent_unauthenticated');
  const html = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  };
  const form = new URLSearchParams(body);
  const returnUrl = form.get('return_url') ?? url.searchParams.get('return_url');
  if (method !== 'POST') return { status: 200, body: challengePage(intent, returnUrl), headers: html };
  const outcome = form.get('outcome');
  const after = outcome === 'pass' || outcome === 'fail' ? bank.answerChallenge(intent.id, outcome === 'pass') : intent;
  if (returnUrl === null) return { status: 200, body: challengePage(after, null), headers: html };
  const back = new URL(returnUrl);
  back.searchParams.set('payment_intent', intent.id);
  back.searchParams.set('payment_intent_client_secret', intent.client_secret);
  return { status: 303, body: '', headers: { location: back.href } };
}
