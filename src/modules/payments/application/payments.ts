import type { Tx } from '#ports/tx.js';
import type { Payment, PaymentState } from '../domain/payment.js';

export interface PaymentFilter {
  readonly orderId?: string;
  readonly status?: PaymentState;
  /** Only payments of this customer's orders. */
  readonly customerId: string | null;
}

/** Which payment, and of which order. */
export interface PaymentLocation {
  readonly id: string;
  readonly orderId: string | null;
}

/** The request that a payment was made for. */
export interface Creator {
  /** Of its idempotency record; null when it has none. */
  readonly id: string | null;
  readonly requestHash: Buffer;
}

/** Where payments are kept. A payment is written only under the lock of its row, and its order is locked before it. */
export abstract class Payments {
  /** By our id or the provider's; a customer id means: only if the order is theirs. */
  abstract find(idOrReference: string, customerId: string | null): Promise<Payment | null>;
  /** Newest first, one more than the limit when there is more. */
  abstract list(filter: PaymentFilter, afterId: string | null, limit: number): Promise<Payment[]>;

  /** As find, inside a transaction. */
  abstract locate(tx: Tx, idOrReference: string, customerId: string | null): Promise<PaymentLocation | null>;
  abstract findByReference(tx: Tx, provider: string, reference: string): Promise<PaymentLocation | null>;
  /** As findByReference, for a payment of ours whose reference is not known yet. */
  abstract findUnattached(tx: Tx, provider: string, id: string): Promise<PaymentLocation | null>;
  /** The payment that a request with this idempotency record has made, and the hash of that request. */
  abstract findByCreator(tx: Tx, recordId: string): Promise<{ payment: Payment; requestHash: Buffer | null } | null>;
  /** Which of an order's payments have no owner: their creation was given up before the provider answered. */
  abstract unowned(tx: Tx, orderId: string): Promise<ReadonlySet<string>>;
  /** Makes a payment that of this request, or of none. */
  abstract setCreator(tx: Tx, id: string, creator: Creator | null): Promise<void>;
  /** Every payment of an order, locked, ids ascending. */
  abstract lockOfOrder(tx: Tx, orderId: string): Promise<Payment[]>;
  abstract lock(tx: Tx, id: string): Promise<Payment | null>;
  abstract insert(tx: Tx, payment: Payment, creator: Creator | null): Promise<void>;
  /** Guard: the version under which it was locked. */
  abstract save(tx: Tx, before: Payment, after: Payment): Promise<void>;
}
