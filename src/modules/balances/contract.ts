import { DomainError, problem } from '#kernel/errors.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';

/** What a customer holds in one currency, in minor units, read under the lock of its row. */
export interface WalletAccount {
  readonly id: string;
  readonly customerId: string;
  readonly currency: string;
  /** What can be spent. */
  readonly available: number;
  /** What pending orders hold. */
  readonly blocked: number;
}

/** An order's claim on a customer's money. */
export interface Hold {
  readonly orderId: string;
  readonly customerId: string;
  readonly currency: string;
  readonly amount: number;
}

/**
 * What customers hold with the shop. A hold is blocked with its order, then captured or released: never both, never twice
 * (ledger_movements_reference_unique). Accounts are locked after orders and payments and before stock, ids ascending.
 */
export abstract class Wallets {
  /** Whether new holds are settled when the transaction commits; otherwise that is told by events of the hold. */
  abstract readonly settlesAtOnce: boolean;
  /**
   * Locks and reads every account of these customers.
   * @param lockTimeoutMs how long to wait for a row lock; the database's own limit when left out
   * @throws Busy
   */
  abstract lock(tx: Tx, customerIds: readonly string[], lockTimeoutMs?: number): Promise<WalletAccount[]>;
  /** Blocks money of accounts that are locked and have it. */
  abstract block(
    tx: Tx,
    accounts: readonly WalletAccount[],
    holds: readonly (Hold & { readonly cause: Cause })[],
  ): Promise<void>;
  /** Whether the money is here when the transaction commits; otherwise that is told by an event of the hold. */
  abstract capture(tx: Tx, hold: Hold, cause: Cause): Promise<boolean>;
  abstract release(tx: Tx, hold: Hold, cause: Cause): Promise<void>;
  /** Gives back to the balance what was captured from it. */
  abstract refund(tx: Tx, refundId: string, paymentId: string, money: Hold, cause: Cause): Promise<void>;
}

/** Money that did not come from a balance, as the ledger sees it. */
export type ExternalMovementKind =
  | 'payment'
  | 'refund_due'
  | 'refund_paid'
  | 'refund_failed'
  | 'refund_returned'
  | 'dispute_withdrawn'
  | 'dispute_reinstated'
  | 'dispute_lost';

export interface ExternalMovement {
  readonly kind: ExternalMovementKind;
  /** Happens at most once. */
  readonly reference: string;
  readonly orderId: string | null;
  readonly paymentId: string | null;
  readonly currency: string;
  readonly amount: number;
}

/** The one ledger of all the shop's money. */
export abstract class Ledger {
  /** Books money that arrived, is owed, or was given back, in the transaction in which that becomes known. */
  abstract book(tx: Tx, movement: ExternalMovement): Promise<void>;
}

export class InsufficientFunds extends DomainError {
  static readonly problem = problem(
    'insufficient-funds',
    'conflict',
    'Insufficient funds',
    'The customer’s available balance in this currency is less than the requested amount. The response says how much is available; no money was moved.',
  );
  constructor(requested: number, available: number, currency: string) {
    super(
      InsufficientFunds.problem,
      `${requested} ${currency} was requested, ${available} ${currency} is available.`,
      [],
      { requested, available, currency },
    );
  }
}
