import type { Tx } from '#ports/tx.js';
import type { ExternalMovement, WalletAccount } from '../contract.js';
import type { LedgerAccount, Movement } from '../domain/ledger.js';

/** An account as it is shown. */
export interface Account extends WalletAccount {
  readonly updatedAt: Date;
}

/** What one account of the shop's ledger holds. */
export interface LedgerSum {
  readonly currency: string;
  readonly ledgerAccount: LedgerAccount;
  /** Of a whole shop: it may be beyond 2^53. */
  readonly amount: bigint;
}

/** Where accounts and the ledger are kept. Accounts move only under their lock, together with their movement. */
export abstract class Accounts {
  /** Newest first, one more than the limit when there is more. */
  abstract list(afterId: string | null, limit: number): Promise<Account[]>;
  abstract ofCustomer(customerId: string): Promise<Account[]>;
  /** The customer's statement, newest first. */
  abstract movements(customerId: string, afterId: string | null, limit: number): Promise<Movement[]>;
  abstract sums(): Promise<LedgerSum[]>;

  /** Guard: balance_accounts_customer_currency_unique. */
  abstract insert(tx: Tx, accounts: readonly WalletAccount[], now: Date): Promise<void>;
  /** The account that an order's money was blocked on, whatever its customer is called by now. */
  abstract lockOfHold(tx: Tx, blockReference: string): Promise<WalletAccount | null>;
  /** Every account of these customers, ids ascending. */
  abstract lockAll(tx: Tx, customerIds: readonly string[], lockTimeoutMs?: number): Promise<WalletAccount[]>;
  /** Moves the accounts and writes the movements in one statement. */
  abstract write(tx: Tx, movements: readonly Movement[]): Promise<void>;
  abstract book(tx: Tx, id: string, movement: ExternalMovement, now: Date): Promise<void>;
}
