import type { NewEvent } from '#kernel/events.js';
import type { JsonObject } from '#kernel/json.js';
import type { PaymentEventType } from '../contract.js';
import { PaymentTransitionRefused } from './errors.js';

export type PaymentState = 'requires_payment_method' | 'processing' | 'requires_capture' | 'succeeded' | 'failed' | 'canceled';
export type CaptureMethod = 'automatic' | 'manual';

/**
 * The state machine. Money is a fact: a success is believed from every state but a success, even when we had given the
 * payment up; what is not wanted any more goes back. Compared with the schema's CHECK by a test.
 */
export const nextStates: Readonly<Record<PaymentState, readonly PaymentState[]>> = {
  requires_payment_method: ['processing', 'requires_capture', 'succeeded', 'failed', 'canceled'],
  processing: ['requires_capture', 'succeeded', 'failed', 'canceled'],
  requires_capture: ['succeeded', 'canceled'],
  failed: ['processing', 'requires_capture', 'succeeded', 'canceled'],
  canceled: ['succeeded'],
  succeeded: [],
};

/** States in which a payment occupies its order: there is at most one such payment per order (surplus money aside). */
export const liveStates: readonly PaymentState[] = ['requires_payment_method', 'processing', 'requires_capture', 'succeeded'];

export interface PaymentError {
  readonly code: string;
  readonly message: string;
  readonly declineCode?: string | null;
}

export interface Payment {
  readonly id: string;
  readonly orderId: string | null;
  readonly provider: string;
  /** The provider's own id (pi_...); null until the provider has answered. */
  readonly providerReference: string | null;
  readonly clientSecret: string | null;
  /** The payment method it was last confirmed with. */
  readonly method: string | null;
  readonly amount: number;
  readonly amountCaptured: number;
  /** Refunded or being refunded. */
  readonly amountRefunded: number;
  readonly currency: string;
  readonly captureMethod: CaptureMethod;
  readonly status: PaymentState;
  /** Money that came for an order that did not want it; it goes back. */
  readonly surplus: boolean;
  readonly lastError: PaymentError | null;
  /** The provider's id of the attempt that failed last. */
  readonly failedCharge: string | null;
  /** What the intent may be paid with; part of the question to the provider, so it is the same whoever asks again. */
  readonly methodTypes: readonly string[];
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Refund {
  readonly id: string;
  readonly paymentId: string;
  readonly amount: number;
  readonly reason: string | null;
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly providerReference: string | null;
  readonly lastError: PaymentError | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a provider says about a payment, in our terms. */
export interface Verdict {
  readonly reference: string;
  readonly clientSecret: string | null;
  readonly status: PaymentState;
  readonly amount: number;
  readonly amountCaptured: number;
  readonly currency: string;
  readonly error: PaymentError | null;
  /** The provider's id of the latest attempt. */
  readonly charge: string | null;
}

type PaymentEvent = NewEvent<PaymentEventType>;

export interface Change {
  readonly payment: Payment;
  readonly events: readonly PaymentEvent[];
}

export function newPayment(draft: Pick<Payment, 'id' | 'orderId' | 'provider' | 'amount' | 'currency' | 'captureMethod' | 'methodTypes'>, now: Date): Change {
  const payment: Payment = {
    ...draft,
    providerReference: null,
    clientSecret: null,
    method: null,
    amountCaptured: 0,
    amountRefunded: 0,
    status: 'requires_payment_method',
    surplus: false,
    lastError: null,
    failedCharge: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  return { payment, events: [event('payment.created', payment)] };
}

/** Notes the provider's id of a payment that we asked it to create. */
export function attach(payment: Payment, { reference, clientSecret }: Verdict, now: Date): Payment {
  if (payment.providerReference !== null) return payment;
  return { ...payment, providerReference: reference, clientSecret, version: payment.version + 1, updatedAt: now };
}

/**
 * A payer names a payment method; the provider is asked by the reaction to the event.
 * @throws PaymentTransitionRefused
 */
export function confirm(payment: Payment, method: string, now: Date): Change {
  if (!['requires_payment_method', 'failed'].includes(payment.status)) throw new PaymentTransitionRefused('confirmed', payment.status);
  const next = moved({ ...payment, method, lastError: null }, 'processing', now);
  return { payment: next, events: [event('payment.processing', next), event('payment.confirmation_requested', next, { paymentMethodId: method })] };
}

/** Gives up a payment that has no money yet. The provider is told, so that nobody can pay it any more. */
export function abandon(payment: Payment, now: Date): Change {
  const next = moved(payment, 'canceled', now);
  return { payment: next, events: [event('payment.canceled', next), event('payment.void_requested', next)] };
}

/** The provider refused to create the intent at all. */
export function refuse(payment: Payment, error: PaymentError, now: Date): Change {
  const next = { ...moved(payment, 'canceled', now), lastError: error };
  return { payment: next, events: [event('payment.canceled', next)] };
}

/** Asks the provider to void; the payment stays as it is until the provider has answered. */
export function requestVoid(payment: Payment): PaymentEvent {
  return event('payment.void_requested', payment);
}

export function requestCapture(payment: Payment): PaymentEvent {
  return event('payment.capture_requested', payment, { amountToCapture: payment.amount });
}

/** Reserves part of what was captured for a refund. The CHECK on the amounts is the last to say no. */
export function requestRefund(payment: Payment, refundId: string, amount: number, reason: string, now: Date): Change & { refund: Refund } {
  const next = { ...payment, amountRefunded: payment.amountRefunded + amount, version: payment.version + 1, updatedAt: now };
  return {
    payment: next,
    refund: {
      id: refundId,
      paymentId: payment.id,
      amount,
      reason,
      status: 'pending',
      providerReference: null,
      lastError: null,
      createdAt: now,
      updatedAt: now,
    },
    events: [event('payment.refund_requested', next, { refundId, refundAmount: amount, reason })],
  };
}

/** A refund somebody made at the provider, past us: it is booked as it is. Null when it is more than there was to refund. */
export function bookForeignRefund(payment: Payment, refundId: string, reference: string, amount: number, now: Date): (Change & { refund: Refund }) | null {
  if (amount <= 0 || payment.amountRefunded + amount > payment.amountCaptured) return null;
  const next = { ...payment, amountRefunded: payment.amountRefunded + amount, version: payment.version + 1, updatedAt: now };
  const reason = 'made at the provider';
  return {
    payment: next,
    refund: {
      id: refundId,
      paymentId: payment.id,
      amount,
      reason,
      status: 'succeeded',
      providerReference: reference,
      lastError: null,
      createdAt: now,
      updatedAt: now,
    },
    events: [event('payment.refunded', next, { refundId, refundAmount: amount, reason })],
  };
}

/** The provider speaks of other money than our books: not applied, a person must look. */
export function contradicted(payment: Payment, detail: string): PaymentEvent {
  return event('payment.contradicted', payment, { detail });
}

/** A refund has ended. What failed is no longer being refunded. */
export function settleRefund(payment: Payment, refund: Refund, status: 'succeeded' | 'failed', now: Date): Change {
  const facts = { refundId: refund.id, refundAmount: refund.amount, reason: refund.reason };
  if (status === 'failed') {
    const next = { ...payment, amountRefunded: payment.amountRefunded - refund.amount, version: payment.version + 1, updatedAt: now };
    return { payment: next, events: [event('payment.refund_failed', next, facts)] };
  }
  return { payment, events: [event('payment.refunded', payment, facts)] };
}

export type VerdictOutcome = Change | 'nothing-new' | 'contradiction';

/**
 * Applies what the provider says: the same function for its answers, its notices and what reconciliation finds.
 * Late, repeated and reordered verdicts change nothing; a verdict over another amount or currency is a contradiction.
 */
export function applyVerdict(payment: Payment, verdict: Verdict, now: Date): VerdictOutcome {
  if (verdict.amount !== payment.amount || verdict.currency !== payment.currency) return 'contradiction';
  if (!nextStates[payment.status].includes(verdict.status) || isLate(payment, verdict)) return 'nothing-new';
  switch (verdict.status) {
    case 'succeeded': {
      if (verdict.amountCaptured <= 0 || verdict.amountCaptured > payment.amount) return 'contradiction';
      return changed('payment.succeeded', { ...moved(payment, 'succeeded', now), amountCaptured: verdict.amountCaptured, lastError: null });
    }
    case 'requires_capture':
      return changed('payment.authorized', { ...moved(payment, 'requires_capture', now), lastError: null });
    case 'failed':
      return changed('payment.failed', { ...moved(payment, 'failed', now), lastError: verdict.error, failedCharge: verdict.charge });
    case 'canceled':
      return changed('payment.canceled', moved(payment, 'canceled', now));
    case 'processing':
      return changed('payment.processing', moved(payment, 'processing', now));
    case 'requires_payment_method':
      return 'nothing-new';
  }
}

/** News of an attempt that is over: its failure told again, or "processing" after its failure. */
function isLate(payment: Payment, verdict: Verdict): boolean {
  if (verdict.status === 'processing') return payment.status === 'failed';
  return verdict.status === 'failed' && verdict.charge !== null && verdict.charge === payment.failedCharge;
}

function changed(type: PaymentEventType, payment: Payment): Change {
  return { payment, events: [event(type, payment)] };
}

function moved(payment: Payment, status: PaymentState, now: Date): Payment {
  return { ...payment, status, version: payment.version + 1, updatedAt: now };
}

function event(type: PaymentEventType, payment: Payment, more: JsonObject = {}): PaymentEvent {
  const { id, orderId, provider, providerReference, status, amount, amountCaptured, amountRefunded, currency, captureMethod, lastError } = payment;
  const data: JsonObject = {
    paymentId: id,
    orderId,
    provider,
    providerReference,
    status,
    amount,
    amountCaptured,
    amountRefunded,
    currency,
    captureMethod,
    ...(lastError && { lastError: { ...lastError } }),
    ...more,
  };
  return { type, subject: { type: 'payment', id }, data };
}
