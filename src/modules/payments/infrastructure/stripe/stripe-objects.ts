import type Stripe from 'stripe';
import type { JsonObject } from '#kernel/json.js';
import { isId } from '#kernel/ids.js';
import { decimalsOf, moneyText } from '#kernel/money.js';
import type { ListedPayment, ListedRefund, ProviderRefund } from '../../application/payment-provider.js';
import type { DisputeFunds, DisputeState, ProviderDispute } from '../../domain/dispute.js';
import { ProviderRefused } from '../../domain/errors.js';
import type { PaymentError, PaymentState, Risk } from '../../domain/payment.js';
import type { ProviderPaymentState } from '../../domain/provider-state.js';

/**
 * The decimals of Stripe's smallest unit where they are not ISO 4217's (https://docs.stripe.com/currencies#zero-decimal and
 * #special-cases): ariary are given without the ISO's two, krónur and Ugandan shillings with two that they do not have.
 */
const stripeDecimals: Readonly<Record<string, number>> = { MGA: 0, ISK: 2, UGX: 2 };

function scaleOf(currency: string): number {
  const code = currency.toUpperCase();
  const decimals = decimalsOf(code);
  return 10 ** ((stripeDecimals[code] ?? decimals) - decimals);
}

/**
 * An amount in our minor units as Stripe wants it.
 * @throws ProviderRefused for one that Stripe cannot express: part of an ariary, or a third decimal that is not 0
 */
export function stripeAmount(amount: number, currency: string): number {
  const scaled = Math.round(amount * scaleOf(currency) * 1000) / 1000;
  const step = decimalsOf(currency.toUpperCase()) === 3 ? 10 : 1;
  if (Number.isSafeInteger(scaled) && scaled % step === 0) return scaled;
  const text = moneyText({ amount, currency: currency.toUpperCase() });
  throw new ProviderRefused({
    code: 'amount_not_representable',
    message: `Stripe does not accept this fraction of the currency unit: ${text}.`,
  });
}

/** An amount of Stripe's in our minor units. One that is none stays a fraction, which equals no amount of ours. */
export function ourAmount(amount: number, currency: string | undefined): number {
  return amount / scaleOf(currency ?? '');
}

/** A PaymentIntent of Stripe's API, from an answer or from an event, as a provider payment state. */
export function providerStateOf(intent: Stripe.PaymentIntent): ProviderPaymentState {
  const error = intent.last_payment_error;
  return {
    reference: intent.id,
    paymentId: ourIdIn(intent.metadata, 'paymentId'),
    clientSecret: intent.client_secret ?? null,
    status: stateOf(intent),
    nextAction: nextActionOf(intent),
    amount: ourAmount(intent.amount, intent.currency),
    amountCaptured: intent.status === 'succeeded' ? ourAmount(intent.amount_received, intent.currency) : 0,
    currency: intent.currency.toUpperCase(),
    error: error ? errorOf(error) : null,
    charge: chargeOf(intent),
    risk: intent.latest_charge && typeof intent.latest_charge === 'object' ? riskOf(intent.latest_charge) : null,
  };
}

export function listedPaymentOf(intent: Stripe.PaymentIntent): ListedPayment {
  return { ...providerStateOf(intent), orderId: ourIdIn(intent.metadata, 'orderId') };
}

export function listedRefundOf(refund: Stripe.Refund): ListedRefund {
  return {
    ...refundOf(refund),
    reference: refund.id,
    refundId: ourIdIn(refund.metadata, 'refundId'),
    paymentReference: referenceIn(refund.payment_intent),
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
export function ourIdIn(metadata: Stripe.Metadata | null | undefined, name: string): string | null {
  const id = metadata?.[name];
  return id && isId(id) ? id : null;
}

/**
 * A bank that wants to see a payer who is not there declines. The payer must come and confirm: with Stripe.js and the client
 * secret, or by confirming here again, which then tells the page of their bank.
 * (https://docs.stripe.com/payments/save-and-reuse#charge-saved-payment-method)
 */
function wantsItsPayer({ status, last_payment_error: error }: Stripe.PaymentIntent): boolean {
  return status === 'requires_payment_method' && error?.code === 'authentication_required';
}

function nextActionOf(intent: Stripe.PaymentIntent): JsonObject | null {
  if (intent.status === 'requires_action') return (intent.next_action ?? null) as JsonObject | null;
  if (!wantsItsPayer(intent)) return null;
  return { type: 'confirm_on_session', paymentMethodId: intent.last_payment_error?.payment_method?.id ?? null };
}

/** Stripe has no state "failed": an attempt that failed is an intent that wants another method and remembers an error. */
function stateOf(intent: Stripe.PaymentIntent): PaymentState {
  switch (intent.status) {
    case 'requires_payment_method':
      if (wantsItsPayer(intent)) return 'requires_action';
      return intent.last_payment_error ? 'failed' : 'requires_payment_method';
    case 'requires_confirmation':
      return 'requires_payment_method';
    case 'requires_action':
      return 'requires_action';
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

/** The attempt that a state is about. API versions before 2022-11-15 list the charges of an intent, newest first. */
function chargeOf(intent: Stripe.PaymentIntent): string | null {
  const { charges } = intent as { charges?: { data?: { id?: unknown }[] } };
  const listed = charges?.data?.[0]?.id;
  return (
    referenceIn(intent.latest_charge) ??
    (typeof listed === 'string' ? listed : null) ??
    intent.last_payment_error?.charge ??
    null
  );
}

/** The id of an object that is named or carried. */
export function referenceIn(object: string | { readonly id: string } | null | undefined): string | null {
  return typeof object === 'string' ? object : (object?.id ?? null);
}

export function isIntent(object: unknown): object is Stripe.PaymentIntent {
  const intent = object as Partial<Stripe.PaymentIntent> | null | undefined;
  return (
    typeof intent?.id === 'string' &&
    typeof intent.status === 'string' &&
    Number.isSafeInteger(intent.amount) &&
    typeof intent.currency === 'string'
  );
}

export function isDispute(object: unknown): object is Stripe.Dispute {
  const dispute = object as Partial<Stripe.Dispute> | null | undefined;
  return (
    typeof dispute?.id === 'string' &&
    typeof dispute.status === 'string' &&
    Number.isSafeInteger(dispute.amount) &&
    dispute.amount! > 0 &&
    typeof dispute.currency === 'string'
  );
}

/** A dispute of Stripe's API. An inquiry (`warning_…`) is a dispute that has moved no money. */
export function disputeOf(dispute: Stripe.Dispute): ProviderDispute {
  const { id, amount, currency, reason, evidence_details: evidence } = dispute;
  return {
    reference: id,
    paymentReference: referenceIn(dispute.payment_intent),
    amount: ourAmount(amount, currency),
    currency: currency.toUpperCase(),
    reason: (reason ?? 'general').slice(0, 100),
    status: disputeStateOf(dispute.status),
    funds: fundsIn(dispute),
    evidenceDueAt: typeof evidence?.due_by === 'number' ? new Date(evidence.due_by * 1000) : null,
  };
}

function disputeStateOf(status: string): DisputeState {
  if (status === 'lost') return 'lost';
  return status === 'won' || status === 'warning_closed' || status === 'prevented' ? 'won' : 'open';
}

/** The movements on the shop's balance at Stripe say where the money is: one withdrawal, then perhaps its return. */
function fundsIn({ balance_transactions: moved }: Stripe.Dispute): DisputeFunds | null {
  if (!Array.isArray(moved) || moved.length === 0) return null;
  return moved.reduce((sum, { amount }) => sum + amount, 0) < 0 ? 'withdrawn' : 'reinstated';
}
