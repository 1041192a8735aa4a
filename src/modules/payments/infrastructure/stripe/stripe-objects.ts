import type Stripe from 'stripe';
import { isId } from '#kernel/ids.js';
import type { ListedPayment, ListedRefund, ProviderRefund } from '../../application/payment-provider.js';
import type { PaymentError, PaymentState, Risk } from '../../domain/payment.js';
import type { ProviderPaymentState } from '../../domain/provider-state.js';

/**
 * Where Stripe's smallest unit is not ISO 4217's minor unit: how many of Stripe's units one of ours is
 * (https://docs.stripe.com/currencies#special-cases). Krónur and Ugandan shillings have no decimals, and are given with two.
 */
const stripeUnits: Readonly<Record<string, number>> = { ISK: 100, UGX: 100 };

/** An amount in our minor units as Stripe wants it. */
export function stripeAmount(amount: number, currency: string): number {
  return amount * (stripeUnits[currency.toUpperCase()] ?? 1);
}

/** An amount of Stripe's in our minor units. One that is none stays a fraction, which equals no amount of ours. */
export function ourAmount(amount: number, currency: string | undefined): number {
  return amount / (stripeUnits[currency?.toUpperCase() ?? ''] ?? 1);
}

/** A PaymentIntent of Stripe's API, from an answer or from an event, as a provider payment state. */
export function providerStateOf(intent: Stripe.PaymentIntent): ProviderPaymentState {
  const error = intent.last_payment_error;
  return {
    reference: intent.id,
    paymentId: idIn(intent.metadata, 'paymentId'),
    clientSecret: intent.client_secret ?? null,
    status: stateOf(intent),
    awaitsPayer: intent.status === 'requires_action',
    amount: ourAmount(intent.amount, intent.currency),
    amountCaptured: intent.status === 'succeeded' ? ourAmount(intent.amount_received, intent.currency) : 0,
    currency: intent.currency.toUpperCase(),
    error: error ? errorOf(error) : null,
    charge: chargeOf(intent),
    risk: intent.latest_charge && typeof intent.latest_charge === 'object' ? riskOf(intent.latest_charge) : null,
  };
}

export function listedPaymentOf(intent: Stripe.PaymentIntent): ListedPayment {
  return { ...providerStateOf(intent), orderId: idIn(intent.metadata, 'orderId') };
}

export function listedRefundOf(refund: Stripe.Refund): ListedRefund {
  return {
    ...refundOf(refund),
    reference: refund.id,
    refundId: idIn(refund.metadata, 'refundId'),
    paymentReference:
      typeof refund.payment_intent === 'string' ? refund.payment_intent : (refund.payment_intent?.id ?? null),
    amount: ourAmount(refund.amount, refund.currency),
    currency: (refund.currency ?? '').toUpperCase(),
  };
}

export function riskOf({ outcome }: Pick<Stripe.Charge, 'outcome'>): Risk | null {
  if (!outcome) return null;
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 200) : null);
  return {
    level: text(outcome.risk_level),
    score: typeof outcome.risk_score === 'number' ? outcome.risk_score : null,
    outcome: text(outcome.type),
    reason: text(outcome.reason),
  };
}

/** One of our ids that the provider was given to keep; what is no id of ours was put there by another system. */
function idIn(metadata: Stripe.Metadata | null | undefined, name: string): string | null {
  const id = metadata?.[name];
  return id && isId(id) ? id : null;
}

/** Stripe has no state "failed": an attempt that failed is an intent that wants another method and remembers an error. */
function stateOf(intent: Stripe.PaymentIntent): PaymentState {
  switch (intent.status) {
    case 'requires_payment_method':
      return intent.last_payment_error ? 'failed' : 'requires_payment_method';
    case 'requires_confirmation':
      return 'requires_payment_method';
    case 'requires_action':
    case 'processing':
      return 'processing';
    case 'requires_capture':
      return 'requires_capture';
    case 'succeeded':
      return 'succeeded';
    case 'canceled':
      return 'canceled';
    default:
      return 'processing'; // a state that is younger than this program: wait for one it knows
  }
}

export function refundOf(refund: Stripe.Refund): ProviderRefund {
  const status =
    refund.status === 'succeeded'
      ? 'succeeded'
      : refund.status === 'failed' || refund.status === 'canceled'
        ? 'failed'
        : 'pending';
  return {
    reference: refund.id,
    status,
    error: refund.failure_reason ? { code: refund.failure_reason, message: 'The provider could not refund.' } : null,
  };
}

export function errorOf(error: {
  code?: string | null;
  message?: string | null;
  decline_code?: string | null;
}): PaymentError {
  return {
    code: error.code ?? 'payment_failed',
    message: (error.message ?? 'The payment failed.').slice(0, 500),
    declineCode: error.decline_code ?? null,
  };
}

function chargeOf({ latest_charge: charge }: Stripe.PaymentIntent): string | null {
  return typeof charge === 'string' ? charge : (charge?.id ?? null);
}
