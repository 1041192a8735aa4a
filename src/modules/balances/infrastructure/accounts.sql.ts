import { Injectable } from '@nestjs/common';
import { together, type Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { texts } from '#platform/database/array-parameters.js';
import { gather, limitLockTimeout, run, statement } from '#platform/database/statement.js';
import { Accounts, type Account, type LedgerSum } from '../application/accounts.js';
import type { ExternalMovement, WalletAccount } from '../contract.js';
import type { CustomerMovementKind, Movement } from '../domain/ledger.js';
import { booking, moving, opening } from './account-writes.sql.js';

const columns = `id, customer_id, currency, available, blocked, updated_at`;

const list = statement(
  'balances.list',
  `SELECT ${columns} FROM balance_accounts WHERE $2::uuid IS NULL OR id < $2 ORDER BY id DESC LIMIT $1`,
);
const ofCustomer = statement(
  'balances.of-customer',
  `SELECT ${columns} FROM balance_accounts WHERE customer_id = $1 ORDER BY currency`,
);

// The accounts of a customer are few; each contributes at most a page, found by its index.
const movements = statement(
  'balances.movements',
  `SELECT m.id, m.kind, m.reference, m.account_id, m.order_id, m.payment_id, m.currency, m.amount, m.available_after, m.blocked_after, m.note, m.created_at
   FROM balance_accounts a
   CROSS JOIN LATERAL (SELECT * FROM ledger_movements l WHERE l.account_id = a.id AND ($2::uuid IS NULL OR l.id < $2) ORDER BY l.id DESC LIMIT $3) m
   WHERE a.customer_id = $1 ORDER BY m.id DESC LIMIT $3`,
);

const sums = statement(
  'balances.sums',
  `SELECT currency, ledger_account AS "ledgerAccount", sum(amount)::text AS amount FROM ledger_entries
   GROUP BY currency, ledger_account ORDER BY currency, ledger_account`,
);

// Locks the account of what was blocked, after its order and payment, before stock: its customer may have been renamed since.
const lockOfHold = statement(
  'balances.lock-of-hold',
  `SELECT ${columns} FROM balance_accounts WHERE id = (SELECT account_id FROM ledger_movements WHERE reference = $1) FOR NO KEY UPDATE`,
);

// Locks every account that a batch may move money of, ids ascending: LockRows works above the sort.
const lockAll = statement(
  'balances.lock-all',
  `SELECT ${columns} FROM balance_accounts WHERE customer_id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE`,
);
interface AccountRow {
  id: string;
  customer_id: string;
  currency: string;
  available: number;
  blocked: number;
  updated_at: Date;
}

interface MovementRow {
  id: string;
  kind: CustomerMovementKind;
  reference: string;
  account_id: string;
  order_id: string | null;
  payment_id: string | null;
  currency: string;
  amount: number;
  available_after: number;
  blocked_after: number;
  note: string | null;
  created_at: Date;
}

@Injectable()
export class SqlAccounts extends Accounts {
  constructor(private readonly database: Database) {
    super();
  }

  override async list(afterId: string | null, limit: number): Promise<Account[]> {
    return (await this.database.read<AccountRow>(list, [limit + 1, afterId])).map(account);
  }

  override async ofCustomer(customerId: string): Promise<Account[]> {
    return (await this.database.read<AccountRow>(ofCustomer, [customerId])).map(account);
  }

  override async movements(customerId: string, afterId: string | null, limit: number): Promise<Movement[]> {
    return (await this.database.read<MovementRow>(movements, [customerId, afterId, limit + 1])).map(movement);
  }

  override async sums(): Promise<LedgerSum[]> {
    const rows = await this.database.read<Omit<LedgerSum, 'amount'> & { amount: string }>(sums, []);
    return rows.map((row) => ({ ...row, amount: BigInt(row.amount) }));
  }

  override async insert(tx: Tx, accounts: readonly WalletAccount[], now: Date): Promise<void> {
    for (const account of accounts) gather(tx, opening, { account, now });
  }

  override async lockOfHold(tx: Tx, blockReference: string): Promise<WalletAccount | null> {
    const [row] = await run<AccountRow>(tx, lockOfHold, [blockReference]);
    return row ? account(row) : null;
  }

  override async lockAll(tx: Tx, customerIds: readonly string[], lockTimeoutMs?: number): Promise<WalletAccount[]> {
    if (customerIds.length === 0) return [];
    const [, rows] = await together(
      () => limitLockTimeout(tx, lockTimeoutMs),
      () => run<AccountRow>(tx, lockAll, [texts(customerIds)]),
    );
    return rows.map(account);
  }

  override async write(tx: Tx, moved: readonly Movement[]): Promise<void> {
    for (const movement of moved) gather(tx, moving, movement);
  }

  override async book(tx: Tx, id: string, movement: ExternalMovement, now: Date): Promise<void> {
    gather(tx, booking, { id, movement, now });
  }
}

function account(row: AccountRow): Account {
  return {
    id: row.id,
    customerId: row.customer_id,
    currency: row.currency,
    available: row.available,
    blocked: row.blocked,
    updatedAt: row.updated_at,
  };
}

function movement(row: MovementRow): Movement {
  return {
    id: row.id,
    kind: row.kind,
    reference: row.reference,
    accountId: row.account_id,
    orderId: row.order_id,
    paymentId: row.payment_id,
    currency: row.currency,
    amount: row.amount,
    availableAfter: row.available_after,
    blockedAfter: row.blocked_after,
    note: row.note,
    createdAt: row.created_at,
  };
}
