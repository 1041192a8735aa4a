import type { Cause } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import { amount, currency, nullable, oneOf, text, uuid, type PublicEvents } from '#ports/public-events.js';
import type { Tx } from '#ports/tx.js';

export type PaymentEventType =
  | 'payment.created'
  | 'payment.confirmation_requested'
  | 'payment.processing'
  | 'payment.authorized'
  | 'payment.capture_requested'
  | 'payment.capture_failed'
  | 'payment.succeeded'
  | 'payment.failed'
  | 'payment.void_requested'
  | 'payment.canceled'
  | 'payment.refund_requested'
  | 'payment.refunded'
  | 'payment.refund_failed'
  | 'payment.refunds_unknown'
  | 'payment.contradicted'
  | 'payment.outcome_decided'
  | 'reconciliation.requested'
  | 'reconciliation.difference_found'
  | 'reconciliation.finished';

/** What became of a provider's notice. */
export interface NoticeEffect {
  /**
   * ignored: no news; parked: it contradicts our books and was not applied, a person must look; unmatched: it speaks of a
   * payment that is not here (yet).
   */
  readonly kind: 'applied' | 'ignored' | 'parked' | 'unmatched';
  readonly detail: string;
  /** The order that it is about, where there is one. */
  readonly orderId?: string | null;
}

/** Which of the provider's payments belong to a customer. */
export abstract class PaymentReferences {
  abstract ofCustomer(tx: Tx, customerId: string): Promise<string[]>;
}

/** Where the outcome of a payment that was made in one request is posted to. */
export abstract class OutcomeAddresses {
  abstract of(paymentId: string): Promise<string | null>;
}

/** The door for what payment providers tell us, in their own words. */
export abstract class ProviderNotices {
  /** Whether this kind of notice can mean anything to us. */
  abstract handles(provider: string, type: string): boolean;
  abstract apply(tx: Tx, provider: string, type: string, notice: JsonObject, cause: Cause): Promise<NoticeEffect>;
}

const payment = {
  paymentId: uuid,
  orderId: nullable(uuid),
  provider: text,
  providerReference: nullable(text),
  status: oneOf('requires_payment_method', 'processing', 'requires_capture', 'succeeded', 'failed', 'canceled'),
  amount,
  amountCaptured: amount,
  amountRefunded: amount,
  currency,
  captureMethod: oneOf('automatic', 'manual'),
  lastError: { type: 'object', description: 'Why the last attempt failed', properties: { code: text, message: text, declineCode: nullable(text) } },
};
const optional = ['lastError'];
const paymentExample = {
  paymentId: '01939d00-0000-7000-8000-000000000201',
  orderId: '01939d00-0000-7000-8000-000000000105',
  provider: 'stripe',
  providerReference: 'pi_3ExampleExample',
  status: 'processing',
  amount: 5899,
  amountCaptured: 0,
  amountRefunded: 0,
  currency: 'USD',
  captureMethod: 'automatic',
};
const paidExample = { ...paymentExample, status: 'succeeded', amountCaptured: 5899 };

/** What merchants may be told about payments. */
export const publicPaymentEvents: PublicEvents<PaymentEventType> = {
  'payment.processing': { description: 'A payer has named a payment method; the provider is asked.', properties: payment, optional, example: paymentExample },
  'payment.authorized': {
    description: 'The money is authorized and waits to be captured.',
    properties: payment,
    optional,
    example: { ...paymentExample, status: 'requires_capture', captureMethod: 'manual' },
  },
  'payment.succeeded': {
    description: 'The money is here. `amountReleased` is what was authorized and not captured.',
    properties: { ...payment, amountReleased: amount },
    optional,
    example: { ...paidExample, amountReleased: 0 },
  },
  'payment.failed': {
    description: 'The attempt failed; it may be confirmed again with another method.',
    properties: payment,
    optional,
    example: {
      ...paymentExample,
      status: 'failed',
      lastError: { code: 'card_declined', message: 'Your card was declined.', declineCode: 'insufficient_funds' },
    },
  },
  'payment.canceled': {
    description: 'The payment was given up; nothing will be captured.',
    properties: payment,
    optional,
    example: { ...paymentExample, status: 'canceled' },
  },
  'payment.refunded': {
    description: 'A refund has succeeded.',
    properties: { ...payment, refundId: uuid, refundAmount: amount, reason: nullable(text) },
    optional,
    example: { ...paidExample, amountRefunded: 1000, refundId: '01939d00-0000-7000-8000-000000000701', refundAmount: 1000, reason: 'one was broken' },
  },
};
