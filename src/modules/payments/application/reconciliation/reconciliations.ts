import type { Tx } from '#ports/tx.js';
import type { Dispute } from '../../domain/dispute.js';
import type { Payment } from '../../domain/payment.js';
import type { Discrepancy, Reconciliation } from '../../domain/reconciliation.js';
import type { Refund } from '../../domain/refund.js';
import type { Window } from '../payment-provider.js';

/** Where runs of reconciliation and what they found are kept. */
export abstract class Reconciliations {
  /** Newest first, one more than the limit when there is more. */
  abstract list(afterId: string | null, limit: number): Promise<Reconciliation[]>;
  abstract find(id: string): Promise<Reconciliation | null>;
  abstract discrepancies(id: string, limit: number): Promise<Discrepancy[]>;

  /** False when this slot is taken. */
  abstract insert(tx: Tx, run: Reconciliation): Promise<boolean>;
  abstract lock(tx: Tx, id: string): Promise<Reconciliation | null>;
  abstract save(tx: Tx, run: Reconciliation): Promise<void>;
  abstract insertDiscrepancies(tx: Tx, runId: string, found: readonly Discrepancy[]): Promise<void>;
  abstract settleDiscrepancy(tx: Tx, id: string, outcome: Discrepancy['outcome'], effect: string): Promise<void>;
  /** Whether discrepancies are left that are still to be resolved. */
  abstract isResolving(tx: Tx, runId: string): Promise<boolean>;
  abstract outcomes(tx: Tx, runId: string): Promise<{ healed: number; open: number }>;
}

/** One payment with what surrounded it at that very moment. */
export interface BookedPayment {
  readonly payment: Payment;
  /** A reaction whose time has come is still going to deal with it. */
  readonly isUnderWay: boolean;
  /** A sibling pays its order. */
  readonly isPaidByAnother: boolean;
}

/** Our side of the comparison. Reads only. */
export abstract class OurBooks {
  abstract paymentsCreated(
    provider: string,
    window: Window,
    afterId: string | null,
    limit: number,
  ): Promise<BookedPayment[]>;
  abstract paymentsByReference(provider: string, references: readonly string[]): Promise<BookedPayment[]>;
  abstract payments(ids: readonly string[]): Promise<BookedPayment[]>;
  /** Payments that are still open, longest unchanged first, wherever they were created: authorizations and those under way. */
  abstract overdue(provider: string, before: Date, limit: number): Promise<BookedPayment[]>;
  abstract refunds(ids: readonly string[], references: readonly string[]): Promise<Refund[]>;
  /** Refunds that were asked for before and have no answer. */
  abstract unansweredRefunds(provider: string, before: Date, limit: number): Promise<Refund[]>;
  abstract disputes(references: readonly string[]): Promise<Dispute[]>;
  /** Those that are open, longest unchanged first. */
  abstract openDisputes(provider: string, limit: number): Promise<Dispute[]>;
  /** What the refunds of a window come to, those that failed aside. */
  abstract refundSums(provider: string, window: Window): Promise<{ currency: string; refunded: number }[]>;
}
