import type { Tx } from '#ports/tx.js';
import type { Dispute } from '../domain/dispute.js';

/** Where disputes are kept. They are written under the lock of their payment's row. */
export abstract class Disputes {
  /** Those of these payments, oldest first. */
  abstract ofPayments(paymentIds: readonly string[]): Promise<ReadonlyMap<string, readonly Dispute[]>>;
  abstract findByReference(tx: Tx, reference: string): Promise<Dispute | null>;
  abstract insert(tx: Tx, dispute: Dispute): Promise<void>;
  /** Guard: what was decided stays decided. */
  abstract save(tx: Tx, dispute: Dispute): Promise<void>;
}
