import type { JsonObject } from '#kernel/json.js';
import { paymentEvent, type Change, type PaymentEvent, type PlainPaymentEvent } from './payment-events.js';
import { release, requestVoid } from './payment-transitions.js';
import {
  changedAt,
  moved,
  nextStates,
  type Payment,
  type PaymentError,
  type PaymentState,
  type Risk,
} from './payment.js';

/** What a provider says about a payment, in our terms. */
export interface ProviderPaymentState {
  readonly reference: string;
  /** Our id, as the provider was told when it was asked to create the payment. */
  readonly paymentId: string | null;
  readonly clientSecret: string | null;
  readonly status: PaymentState;
  /** What the payer must do, as the provider says it; null when nothing. */
  readonly nextAction: JsonObject | null;
  readonly amount: number;
  readonly amountCaptured: number;
  readonly currency: string;
  readonly error: PaymentError | null;
  /** The provider's id of the latest attempt. */
  readonly charge: string | null;
  readonly risk: Risk | null;
}

/** Notes the provider's id of a payment that we asked it to create. */
export function attach(payment: Payment, { reference, clientSecret }: ProviderPaymentState, now: Date): Payment {
  if (payment.providerReference !== null || reference === '') return payment;
  return changedAt({ ...payment, providerReference: reference, clientSecret }, now);
}

/** A state that we infer ourselves: the provider does not have the payment, or its answer leaves only this. */
export function impliedState(
  { id, providerReference, amount, currency }: Payment,
  status: PaymentState,
  error: PaymentError | null = null,
): ProviderPaymentState {
  return {
    reference: providerReference ?? '',
    paymentId: id,
    clientSecret: null,
    status,
    nextAction: null,
    amount,
    amountCaptured: status === 'succeeded' ? amount : 0,
    currency,
    error,
    charge: null,
    risk: null,
  };
}

/** Tells the address that a one-request payment named how it ended; null when it named none, or it has not ended. */
export function outcome(payment: Payment): PaymentEvent | null {
  const outcomes = { succeeded: 'payment.succeeded', failed: 'payment.failed', canceled: 'payment.canceled' } as const;
  const type = outcomes[payment.status as keyof typeof outcomes] as
    (typeof outcomes)[keyof typeof outcomes] | undefined;
  return type && payment.webhookUrl !== null
    ? paymentEvent('payment.outcome_decided', payment, { outcome: type })
    : null;
}

/** The provider's notes about risk are kept even when they change nothing else. */
export function noteRisk(payment: Payment, risk: Risk | null, now: Date): Payment {
  return risk === null || payment.risk !== null ? payment : changedAt({ ...payment, risk }, now);
}

/** The provider speaks of other money than our books: not applied, a person must look. */
export function contradicted(payment: Payment, detail: string): PaymentEvent {
  return paymentEvent('payment.contradicted', payment, { detail });
}

export type ProviderStateOutcome = Change | 'nothing-new' | 'contradiction';

/**
 * Applies what the provider says: the same function for its answers, its events and what reconciliation finds.
 * Late, repeated and reordered states change nothing; a heard over another amount or currency is a contradiction.
 */
export function applyProviderState(payment: Payment, heard: ProviderPaymentState, now: Date): ProviderStateOutcome {
  if (heard.amount !== payment.amount || heard.currency !== payment.currency) return 'contradiction';
  // Authorized after we had given it up: the authorization is let go.
  if (payment.status === 'canceled' && heard.status === 'requires_capture')
    return { payment, events: [requestVoid(payment)] };
  if (isLate(payment, heard)) return 'nothing-new';
  if (isOtherAction(payment, heard))
    return { payment: changedAt({ ...payment, nextAction: heard.nextAction }, now), events: [] };
  if (!nextStates[payment.status].includes(heard.status)) return 'nothing-new';
  switch (heard.status) {
    case 'succeeded': {
      if (!isPlausibleCapture(payment, heard.amountCaptured)) return 'contradiction';
      const paid: Payment = {
        ...moved(payment, 'succeeded', now),
        amountCaptured: heard.amountCaptured,
        captureRequested: null,
        lastError: null,
      };
      return {
        payment: paid,
        events: [paymentEvent('payment.succeeded', paid, { amountReleased: paid.amount - paid.amountCaptured })],
      };
    }
    case 'requires_capture': {
      const authorized = { ...moved(payment, 'requires_capture', now), lastError: null };
      return {
        payment: authorized,
        events: [
          paymentEvent('payment.authorized', authorized),
          ...(payment.superseded ? [requestVoid(authorized)] : []),
        ],
      };
    }
    case 'failed': {
      const failed = { ...payment, lastError: heard.error, failedCharge: heard.charge };
      // It is not wanted any more, so it must not be tried again either.
      if (payment.superseded) return release({ ...failed, status: 'failed' }, now);
      return changed('payment.failed', moved(failed, 'failed', now));
    }
    case 'canceled':
      return changed('payment.canceled', moved({ ...payment, captureRequested: null }, 'canceled', now));
    case 'requires_action':
      return changed('payment.requires_action', {
        ...moved({ ...payment, lastError: heard.error }, 'requires_action', now),
        nextAction: heard.nextAction,
        failedCharge: heard.error === null ? payment.failedCharge : heard.charge,
      });
    case 'processing':
      return changed('payment.processing', moved(payment, 'processing', now));
    case 'requires_payment_method':
      return 'nothing-new';
  }
}

/** Automatic capture takes everything, a capture that we asked for what we asked for; one made at the provider some of it. */
function isPlausibleCapture({ amount, captureMethod, captureRequested }: Payment, captured: number): boolean {
  if (captureMethod === 'automatic') return captured === amount;
  return captureRequested === null ? captured > 0 && captured <= amount : captured === captureRequested;
}

/** The payer must do something else now: another attempt has begun at the provider. */
function isOtherAction(payment: Payment, heard: ProviderPaymentState): boolean {
  if (payment.status !== 'requires_action' || heard.status !== 'requires_action') return false;
  return heard.nextAction !== null && JSON.stringify(heard.nextAction) !== JSON.stringify(payment.nextAction);
}

/** News of an attempt that is over: its failure told again, or "processing" after its failure. */
function isLate(payment: Payment, heard: ProviderPaymentState): boolean {
  if (heard.status === 'processing') return payment.status === 'failed';
  if (heard.status === 'requires_action' && payment.status === 'failed') return true;
  // A bank that wants to see its payer has refused an attempt, too.
  const isRefusal = heard.status === 'failed' || (heard.status === 'requires_action' && heard.error !== null);
  return isRefusal && heard.charge !== null && heard.charge === payment.failedCharge;
}

function changed(type: PlainPaymentEvent, payment: Payment): Change {
  return { payment, events: [paymentEvent(type, payment)] };
}
