import type { Cause } from '#kernel/events.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#kernel/tx.js';

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
export type NoticeEffect =
  | { readonly kind: 'applied'; readonly detail: string }
  | { readonly kind: 'ignored'; readonly detail: string }
  /** It contradicts our books and was not applied; a person must look. */
  | { readonly kind: 'parked'; readonly detail: string }
  /** It speaks of a payment that is not here (yet). */
  | { readonly kind: 'unmatched'; readonly detail: string };

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
