import type { Tx } from '#ports/tx.js';
import type { Refund } from '../domain/refund.js';

/** Where refunds are kept. A refund is written only under the lock of its payment. */
export abstract class Refunds {
  /** Newest first, one more than the limit when there is more. */
  abstract listOfPayment(paymentId: string, afterId: string | null, limit: number): Promise<Refund[]>;
  abstract find(id: string): Promise<Refund | null>;
  /** Whose refund it is, read inside a transaction. */
  abstract ownerOf(tx: Tx, id: string): Promise<{ paymentId: string; orderId: string | null } | null>;
  /** By the id that the payment's processor gave it. */
  abstract findByReference(tx: Tx, paymentId: string, reference: string): Promise<string | null>;
  /** The oldest refund of this amount that is requested of a person; the payment is locked. */
  abstract findRequested(tx: Tx, paymentId: string, amount: number): Promise<string | null>;
  abstract countFailed(tx: Tx, paymentId: string): Promise<number>;
  abstract lock(tx: Tx, id: string): Promise<Refund | null>;
  abstract insert(tx: Tx, refund: Refund): Promise<void>;
  abstract save(tx: Tx, refund: Refund): Promise<void>;
}
