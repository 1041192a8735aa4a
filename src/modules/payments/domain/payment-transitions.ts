import { CaptureExceedsAuthorized, PaymentTransitionRefused } from './errors.js';
import { confirmationRequested, paymentEvent, type Attempt, type Change, type PaymentEvent } from './payment-events.js';
import { changedAt, moved, verbs, type Payment, type PaymentError, type PaymentState, type Verb } from './payment.js';

/**
 * A payer names a payment method; the provider is asked by the reaction to the event.
 * @throws PaymentTransitionRefused
 */
export function confirm(payment: Payment, attempt: Attempt, now: Date): Change {
  assertVerb('confirm', payment);
  const next = moved({ ...payment, method: attempt.paymentMethodId, lastError: null }, 'processing', now);
  return { payment: next, events: confirmationRequested(next, attempt) };
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
  if (amountToCapture <= 0 || amountToCapture > payment.amount)
    throw new CaptureExceedsAuthorized(payment.amount, payment.currency);
  const next = changedAt({ ...payment, captureRequested: amountToCapture }, now);
  return { payment: next, events: [paymentEvent('payment.capture_requested', next, { amountToCapture })] };
}

/** A capture that was asked for and got lost. */
export function requestCaptureAgain(payment: Payment): PaymentEvent {
  return paymentEvent('payment.capture_requested', payment, {
    amountToCapture: payment.captureRequested ?? payment.amount,
  });
}

/** The provider has refused to capture. It may be asked again as long as the authorization holds. */
export function captureRefused(payment: Payment, error: PaymentError | null, now: Date): Change {
  const next = changedAt({ ...payment, captureRequested: null, lastError: error ?? payment.lastError }, now);
  return { payment: next, events: [paymentEvent('payment.capture_failed', next)] };
}

/**
 * It is not to be paid any more. What is under way at the provider keeps its state until the provider has
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
      return {
        payment: next,
        events: [paymentEvent('payment.canceled', next), paymentEvent('payment.void_requested', next)],
      };
    }
    case 'requires_action':
    case 'processing':
    case 'requires_capture': {
      if (payment.superseded) return { payment, events: [] };
      const next = changedAt({ ...payment, superseded: true }, now);
      return { payment: next, events: [paymentEvent('payment.void_requested', next)] };
    }
    case 'canceled':
    case 'succeeded':
      return { payment, events: [] };
  }
}

/** The provider refused to create the intent at all. */
export function refuse(payment: Payment, error: PaymentError, now: Date): Change {
  const next = { ...moved(payment, 'canceled', now), lastError: error };
  return { payment: next, events: [paymentEvent('payment.canceled', next)] };
}

/** Asks the provider to void; the payment stays as it is until the provider has answered. */
export function requestVoid(payment: Payment): PaymentEvent {
  return paymentEvent('payment.void_requested', payment);
}

function assertVerb(verb: Verb, { status }: Payment): void {
  if (!(verbs[verb] as readonly PaymentState[]).includes(status)) throw new PaymentTransitionRefused(verb, status);
}
