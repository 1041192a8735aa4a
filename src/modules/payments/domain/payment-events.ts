import type { NewEvent } from '#ports/events.js';
import { newPaymentEvent, type PaymentEvents } from '../events.js';
import type { Payment } from './payment.js';

export type PaymentEvent = NewEvent<keyof PaymentEvents>;

/** A payment as it is after a change, and what is told about it. */
export interface Change {
  readonly payment: Payment;
  readonly events: readonly PaymentEvent[];
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
/** Types that say nothing beyond the facts. */
export type PlainPaymentEvent = {
  [Type in PaymentEventType]: keyof More<Type> extends never ? Type : never;
}[PaymentEventType];

/** An event about a payment. */
export function paymentEvent(type: PlainPaymentEvent, payment: Payment): PaymentEvent;
export function paymentEvent<Type extends PaymentEventType>(
  type: Type,
  payment: Payment,
  more: More<Type>,
): PaymentEvent;
export function paymentEvent<Type extends PaymentEventType>(
  type: Type,
  payment: Payment,
  more?: More<Type>,
): PaymentEvent {
  const data = { ...factsOf(payment), ...more } as unknown as PaymentEvents[Type];
  return newPaymentEvent(type, { type: 'payment', id: payment.id }, data);
}

/** What a payer wants to pay with, as they name it. */
export interface NamedMethod {
  /** A saved method, by our id or the provider's, or a token of the provider's. */
  readonly paymentMethodId: string;
  /** Where the payer comes back to from a page of their bank. */
  readonly returnUrl: string | null;
  /** The payer is not there: the shop charges what they have saved. */
  readonly isOffSession: boolean;
}

/** An attempt to pay, as the provider is asked for it. */
export interface Attempt extends NamedMethod {
  /** The provider's id of the customer for whom it keeps the method; null for a token. */
  readonly providerCustomer: string | null;
}

/** A payer has named a payment method. */
export function confirmationRequested(payment: Payment, attempt: Attempt): PaymentEvent[] {
  const { paymentMethodId, returnUrl, providerCustomer, isOffSession } = attempt;
  return [
    paymentEvent('payment.processing', payment),
    paymentEvent('payment.confirmation_requested', payment, {
      paymentMethodId,
      ...(returnUrl !== null && { returnUrl }),
      ...(providerCustomer !== null && { providerCustomer }),
      ...(isOffSession && { isOffSession }),
    }),
  ];
}
