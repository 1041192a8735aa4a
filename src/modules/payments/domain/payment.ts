import type { NewEvent } from '#ports/events.js';
import { newPaymentEvent, type PaymentEvents } from '../events.js';
import { CaptureExceedsAuthorized, PaymentTransitionRefused } from './errors.js';

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

/** Which states each verb is for; in every other it is refused. Canceling what is canceled changes nothing. */
export const verbs = {
  confirm: ['requires_payment_method', 'failed'],
  capture: ['requires_capture'],
  cancel: ['requires_payment_method', 'processing', 'requires_capture', 'failed', 'canceled'],
  refund: ['succeeded'],
} as const satisfies Record<string, readonly PaymentState[]>;

export type Verb = keyof typeof verbs;

/** States in which a payment occupies its order: there is at most one such payment per order (superseded ones aside). */
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
  /** Asked for and not answered yet; null when no capture is under way. */
  readonly captureRequested: number | null;
  /**
   * Its money is not wanted (any more): it was given up, its order was canceled, or another payment pays the order. What
   * is authorized is voided, what was captured goes back.
   */
  readonly superseded: boolean;
  readonly lastError: PaymentError | null;
  /** The provider's id of the attempt that failed last. */
  readonly failedCharge: string | null;
  /** What the intent may be paid with; part of the question to the provider, so it is the same whoever asks again. */
  readonly methodTypes: readonly string[];
  /** What the provider thinks of the risk of fraud. */
  readonly risk: Risk | null;
  /** Where the outcome is posted to, for payments that were made in one request. */
  readonly webhookUrl: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The provider's judgement, in its own words (Stripe: charge.outcome). */
export interface Risk {
  readonly level: string | null;
  readonly score: number | null;
  readonly outcome: string | null;
  readonly reason: string | null;
}

/** What a provider says about a payment, in our terms. */
export interface ProviderPaymentState {
  readonly reference: string;
  /** Our id, as the provider was told when it was asked to create the payment. */
  readonly paymentId: string | null;
  readonly clientSecret: string | null;
  readonly status: PaymentState;
  /** Processing, but nothing happens until the payer does something (3-D Secure). */
  readonly awaitsPayer: boolean;
  readonly amount: number;
  readonly amountCaptured: number;
  readonly currency: string;
  readonly error: PaymentError | null;
  /** The provider's id of the latest attempt. */
  readonly charge: string | null;
  readonly risk: Risk | null;
}

export type PaymentEvent = NewEvent<keyof PaymentEvents>;

export interface Change {
  readonly payment: Payment;
  readonly events: readonly PaymentEvent[];
}

type Draft = Pick<Payment, 'id' | 'orderId' | 'provider' | 'amount' | 'currency' | 'captureMethod' | 'methodTypes'>;

function drafted(draft: Draft, now: Date): Payment {
  return {
    ...draft,
    providerReference: null,
    clientSecret: null,
    method: null,
    amountCaptured: 0,
    amountRefunded: 0,
    captureRequested: null,
    status: 'requires_payment_method',
    superseded: false,
    lastError: null,
    failedCharge: null,
    risk: null,
    webhookUrl: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
}

/** A payment that somebody is going to confirm later. */
export function newPayment(draft: Draft, now: Date): Change {
  const payment = drafted(draft, now);
  return { payment, events: [event('payment.created', payment)] };
}

/** A payment whose payer has named the method already; the provider is asked to create and confirm it in the background. */
export function newPaymentAtOnce(draft: Draft, method: string, webhookUrl: string | null, now: Date): Change {
  const payment: Payment = { ...drafted(draft, now), method, webhookUrl, status: 'processing' };
  return { payment, events: confirmationRequested(payment, method) };
}

/** A payment that another processor takes, and of which we know only what its notices say: at first nothing. */
export function newForeignPayment(draft: Draft, reference: string, now: Date): Payment {
  return { ...drafted(draft, now), providerReference: reference, status: 'failed' };
}

/** What an order has paid from its customer's balance; the money is here. */
export function newBalancePayment(draft: Draft, now: Date): Change {
  const payment: Payment = { ...drafted(draft, now), providerReference: draft.orderId, method: 'balance', status: 'succeeded', amountCaptured: draft.amount };
  return { payment, events: [event('payment.succeeded', payment, { amountReleased: 0 })] };
}

/** Notes the provider's id of a payment that we asked it to create. */
export function attach(payment: Payment, { reference, clientSecret }: ProviderPaymentState, now: Date): Payment {
  if (payment.providerReference !== null || reference === '') return payment;
  return changedAt({ ...payment, providerReference: reference, clientSecret }, now);
}

/**
 * A payer names a payment method; the provider is asked by the reaction to the event.
 * @throws PaymentTransitionRefused
 */
export function confirm(payment: Payment, method: string, now: Date): Change {
  assertVerb('confirm', payment);
  const next = moved({ ...payment, method, lastError: null }, 'processing', now);
  return { payment: next, events: confirmationRequested(next, method) };
}

/**
 * Takes what is authorized, or a part of it; the provider releases the rest.
 * @throws PaymentTransitionRefused, CaptureExceedsAuthorized
 */
export function capture(payment: Payment, amount: number | undefined, now: Date): Change {
  assertVerb('capture', payment);
  if (payment.superseded) throw new PaymentTransitionRefused('capture', 'being canceled');
  if (payment.captureRequested !== null) throw new PaymentTransitionRefused('capture', 'being captured');
  const amountToCapture = amount ?? payment.amount;
  if (amountToCapture <= 0 || amountToCapture > payment.amount) throw new CaptureExceedsAuthorized(payment.amount);
  const next = changedAt({ ...payment, captureRequested: amountToCapture }, now);
  return { payment: next, events: [event('payment.capture_requested', next, { amountToCapture })] };
}

/** A capture that was asked for and got lost. */
export function requestCaptureAgain(payment: Payment): PaymentEvent {
  return event('payment.capture_requested', payment, { amountToCapture: payment.captureRequested ?? payment.amount });
}

/** The provider has refused to capture. It may be asked again as long as the authorization holds. */
export function captureRefused(payment: Payment, error: PaymentError | null, now: Date): Change {
  const next = changedAt({ ...payment, captureRequested: null, lastError: error ?? payment.lastError }, now);
  return { payment: next, events: [event('payment.capture_failed', next)] };
}

/**
 * Somebody does not want to pay any more. What is under way at the provider keeps its state until the provider has
 * answered; should its money come all the same, it goes back.
 * @throws PaymentTransitionRefused
 */
export function cancel(payment: Payment, now: Date): Change {
  assertVerb('cancel', payment);
  if (payment.captureRequested !== null) throw new PaymentTransitionRefused('cancel', 'being captured');
  return release(payment, now);
}

/** Gives up a payment that has no captured money, whatever is under way. */
export function release(payment: Payment, now: Date): Change {
  switch (payment.status) {
    case 'requires_payment_method':
    case 'failed': {
      const next = moved({ ...payment, superseded: true }, 'canceled', now);
      return { payment: next, events: [event('payment.canceled', next), event('payment.void_requested', next)] };
    }
    case 'processing':
    case 'requires_capture': {
      if (payment.superseded) return { payment, events: [] };
      const next = changedAt({ ...payment, superseded: true }, now);
      return { payment: next, events: [event('payment.void_requested', next)] };
    }
    case 'canceled':
    case 'succeeded':
      return { payment, events: [] };
  }
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

/** A verdict of our own making, about a payment that the provider does not have or of which its whole word is known. */
export function impliedState({ id, providerReference, amount, currency }: Payment, status: PaymentState, error: PaymentError | null = null): ProviderPaymentState {
  return {
    reference: providerReference ?? '',
    paymentId: id,
    clientSecret: null,
    status,
    awaitsPayer: false,
    amount,
    amountCaptured: status === 'succeeded' ? amount : 0,
    currency,
    error,
    charge: null,
    risk: null,
  };
}

/** Tells whoever asked for a payment in one request how it ended; null when nobody wants to be told, or it has not ended. */
export function outcome(payment: Payment): PaymentEvent | null {
  const outcomes = { succeeded: 'payment.succeeded', failed: 'payment.failed', canceled: 'payment.canceled' } as const;
  const type = outcomes[payment.status as keyof typeof outcomes] as (typeof outcomes)[keyof typeof outcomes] | undefined;
  return type && payment.webhookUrl !== null ? event('payment.outcome_decided', payment, { outcome: type }) : null;
}

/** The provider's notes about risk are kept even when they change nothing else. */
export function noteRisk(payment: Payment, risk: Risk | null, now: Date): Payment {
  return risk === null || payment.risk !== null ? payment : changedAt({ ...payment, risk }, now);
}

/** The provider speaks of other money than our books: not applied, a person must look. */
export function contradicted(payment: Payment, detail: string): PaymentEvent {
  return event('payment.contradicted', payment, { detail });
}

export type ProviderStateOutcome = Change | 'nothing-new' | 'contradiction';

/**
 * Applies what the provider says: the same function for its answers, its notices and what reconciliation finds.
 * Late, repeated and reordered providerStates change nothing; a verdict over another amount or currency is a contradiction.
 */
export function applyProviderState(payment: Payment, verdict: ProviderPaymentState, now: Date): ProviderStateOutcome {
  if (verdict.amount !== payment.amount || verdict.currency !== payment.currency) return 'contradiction';
  // Authorized after we had given it up: the authorization is let go.
  if (payment.status === 'canceled' && verdict.status === 'requires_capture') return { payment, events: [requestVoid(payment)] };
  if (!nextStates[payment.status].includes(verdict.status) || isLate(payment, verdict)) return 'nothing-new';
  switch (verdict.status) {
    case 'succeeded': {
      if (!isPlausibleCapture(payment, verdict.amountCaptured)) return 'contradiction';
      const paid: Payment = { ...moved(payment, 'succeeded', now), amountCaptured: verdict.amountCaptured, captureRequested: null, lastError: null };
      return { payment: paid, events: [event('payment.succeeded', paid, { amountReleased: paid.amount - paid.amountCaptured })] };
    }
    case 'requires_capture': {
      const authorized = { ...moved(payment, 'requires_capture', now), lastError: null };
      return { payment: authorized, events: [event('payment.authorized', authorized), ...(payment.superseded ? [requestVoid(authorized)] : [])] };
    }
    case 'failed': {
      const failed = { ...payment, lastError: verdict.error, failedCharge: verdict.charge };
      // Nobody wants it any more, so nobody shall try it again either.
      if (payment.superseded) return release({ ...failed, status: 'failed' }, now);
      return changed('payment.failed', moved(failed, 'failed', now));
    }
    case 'canceled':
      return changed('payment.canceled', moved({ ...payment, captureRequested: null }, 'canceled', now));
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

/** News of an attempt that is over: its failure told again, or "processing" after its failure. */
function isLate(payment: Payment, verdict: ProviderPaymentState): boolean {
  if (verdict.status === 'processing') return payment.status === 'failed';
  return verdict.status === 'failed' && verdict.charge !== null && verdict.charge === payment.failedCharge;
}

function changed(type: Plain, payment: Payment): Change {
  return { payment, events: [event(type, payment)] };
}

function confirmationRequested(payment: Payment, method: string): PaymentEvent[] {
  return [event('payment.processing', payment), event('payment.confirmation_requested', payment, { paymentMethodId: method })];
}

function assertVerb(verb: Verb, { status }: Payment): void {
  if (!(verbs[verb] as readonly PaymentState[]).includes(status)) throw new PaymentTransitionRefused(verb, status);
}

function changedAt(payment: Payment, now: Date): Payment {
  return { ...payment, version: payment.version + 1, updatedAt: now };
}

function moved(payment: Payment, status: PaymentState, now: Date): Payment {
  return changedAt({ ...payment, status }, now);
}

/** What every event of a payment says. */
function factsOf(payment: Payment): PaymentEvents['payment.created'] {
  const { id, orderId, provider, providerReference, status, amount, amountCaptured, amountRefunded } = payment;
  const { currency, captureMethod, lastError } = payment;
  const amounts = { amount, amountCaptured, amountRefunded, currency };
  const named = { paymentId: id, orderId, provider, providerReference, status };
  return { ...named, ...amounts, captureMethod, ...(lastError && { lastError: { ...lastError } }) };
}

type PaymentEventType = Extract<keyof PaymentEvents, `payment.${string}`>;
/** What an event type says beyond the facts that all have. */
type More<Type extends PaymentEventType> = Omit<PaymentEvents[Type], keyof PaymentEvents['payment.created']>;
type Plain = { [Type in PaymentEventType]: keyof More<Type> extends never ? Type : never }[PaymentEventType];

/** An event about a payment. */
export function event(type: Plain, payment: Payment): PaymentEvent;
export function event<Type extends PaymentEventType>(type: Type, payment: Payment, more: More<Type>): PaymentEvent;
export function event<Type extends PaymentEventType>(type: Type, payment: Payment, more?: More<Type>): PaymentEvent {
  const data = { ...factsOf(payment), ...more } as unknown as PaymentEvents[Type];
  return newPaymentEvent(type, { type: 'payment', id: payment.id }, data);
}
