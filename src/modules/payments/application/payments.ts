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

/** What a provider calls a payment, and our own id where it carries that. */
export interface HeardPayment {
  readonly reference: string;
  readonly paymentId: string | null;
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
  /** The payment that a provider speaks of: the one with its reference, or one of ours whose reference is not known yet. */
  abstract findHeard(tx: Tx, provider: string, heard: HeardPayment): Promise<PaymentLocation | null>;
  /** As findHeard, for a batch; every such question in this transaction is answered from here. */
  abstract lookForHeardAhead(tx: Tx, provider: string, heard: readonly HeardPayment[]): Promise<PaymentLocation[]>;
  /** The payment that a request with this idempotency record has made, and the hash of that request. */
  abstract findByCreator(tx: Tx, recordId: string): Promise<{ payment: Payment; requestHash: Buffer | null } | null>;
  /** Which of an order's payments have no owner: their creation was given up before the provider answered. */
  abstract unowned(tx: Tx, orderId: string): Promise<ReadonlySet<string>>;
  /** Makes a payment that of this request, or of none. */
  abstract setCreator(tx: Tx, id: string, creator: Creator | null): Promise<void>;
  /** As locate for anyone's, for a batch; every such question in this transaction is answered from here. */
  abstract locateAhead(tx: Tx, idsOrReferences: readonly string[]): Promise<PaymentLocation[]>;
  /** As findByCreator, for a batch. */
  abstract lookForCreatorsAhead(tx: Tx, recordIds: readonly string[]): Promise<void>;
  /**
   * Locks the payments of a batch: every payment of these orders, which are locked, and those of no order; ids ascending. Every
   * lock of them in this transaction is answered from here.
   */
  abstract lockAhead(tx: Tx, orderIds: readonly string[], withoutOrder: readonly string[]): Promise<void>;
  /** Every payment of an order, locked, ids ascending. */
  abstract lockOfOrder(tx: Tx, orderId: string): Promise<Payment[]>;
  abstract lock(tx: Tx, id: string): Promise<Payment | null>;
  abstract insert(tx: Tx, payment: Payment, creator: Creator | null): Promise<void>;
  /** Guard: the version under which it was locked. */
  abstract save(tx: Tx, before: Payment, after: Payment): Promise<void>;
}
