import type Stripe from 'stripe';
import type { JsonObject } from '#kernel/json.js';
import type { PaymentMethodState, ProviderMethod, ProviderSetup } from '../../domain/payment-method.js';
import { errorOf, ourIdIn, referenceIn } from './stripe-objects.js';

/** A SetupIntent of Stripe's API; what it saves is told where it was expanded. */
export function setupOf(setup: Stripe.SetupIntent): ProviderSetup {
  const { payment_method: method, last_setup_error: error } = setup;
  return {
    reference: setup.id,
    methodId: ourIdIn(setup.metadata, 'paymentMethodId'),
    clientSecret: setup.client_secret ?? null,
    status: stateOf(setup),
    nextAction: setup.status === 'requires_action' ? ((setup.next_action ?? null) as JsonObject | null) : null,
    error: error ? errorOf(error) : null,
    attempt: referenceIn(setup.latest_attempt),
    method: method && typeof method === 'object' ? methodOf(method) : null,
  };
}

function stateOf({ status, last_setup_error: error }: Stripe.SetupIntent): PaymentMethodState {
  switch (status) {
    case 'succeeded':
      return 'active';
    case 'requires_action':
      return 'requires_action';
    case 'canceled':
      return 'failed';
    case 'requires_payment_method':
      return error ? 'failed' : 'pending';
    default:
      return 'pending'; // requires_confirmation, processing, and states that are younger than this program
  }
}

export function methodOf({ id, card }: Stripe.PaymentMethod): ProviderMethod {
  return {
    reference: id,
    brand: card?.brand ?? null,
    last4: card?.last4 ?? null,
    expMonth: card?.exp_month ?? null,
    expYear: card?.exp_year ?? null,
  };
}
