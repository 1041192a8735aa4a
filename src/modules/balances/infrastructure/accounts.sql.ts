import { Injectable } from '@nestjs/common';
import { together, type Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { int8s, texts, timestamps, uuids } from '#platform/database/array-parameters.js';
import { ranks, type GatheredWrite } from '#platform/database/gathered-writes.js';
import { gather, limitLockTimeout, run, statement } from '#platform/database/statement.js';
import { Accounts, type Account, type LedgerSum } from '../application/accounts.js';
import type { ExternalMovement, WalletAccount } from '../contract.js';
import { postings, type CustomerMovementKind, type Movement } from '../domain/ledger.js';

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

// Waits for a transaction that is just making one of them, and fails then. Locks nothing else. Guard:
// balance_accounts_customer_currency_unique.
const insert = statement(
  'balances.insert',
  `INSERT INTO balance_accounts (id, customer_id, currency, created_at, updated_at)
   SELECT id, customer_id, currency, $4, $4 FROM unnest($1::uuid[], $2::text[], $3::text[]) AS a (id, customer_id, currency)
   ORDER BY customer_id, currency`,
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
// Accounts and movements in one statement; the accounts are locked. Guards: balance_accounts_not_negative,
// ledger_movements_reference_unique. The last movement of each account says what is there afterwards.
const write = statement(
  'balances.write',
  `WITH moved AS (
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::bigint[], $9::text[], $10::text[],
                          $11::bigint[], $12::bigint[], $13::text[])
       AS m (id, kind, reference, account_id, order_id, payment_id, currency, amount, source, destination, available_after, blocked_after, note)),
   accounts AS (
     UPDATE balance_accounts a SET available = last.available_after, blocked = last.blocked_after, updated_at = $14
     FROM unnest($15::uuid[], $16::bigint[], $17::bigint[]) AS last (id, available_after, blocked_after)
     WHERE a.id = last.id)
   INSERT INTO ledger_movements (id, kind, reference, account_id, order_id, payment_id, currency, amount, source, destination, available_after, blocked_after,
                                 note, created_at)
   SELECT moved.*, $14 FROM moved`,
);

// Money that no account of a customer sees. Guard: ledger_movements_reference_unique.
const book = statement(
  'balances.book',
  `INSERT INTO ledger_movements (id, kind, reference, order_id, payment_id, currency, amount, source, destination, created_at)
   SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::timestamptz[])`,
);

const booking: GatheredWrite<{ readonly id: string; readonly movement: ExternalMovement; readonly now: Date }> = {
  rank: ranks.ledger,
  statement: (items) => {
    const booked = items.map((item) => item.movement);
    return [
      book,
      [
        uuids(items.map(({ id }) => id)),
        texts(booked.map((m) => m.kind)),
        texts(booked.map((m) => m.reference)),
        uuids(booked.map((m) => m.orderId)),
        uuids(booked.map((m) => m.paymentId)),
        texts(booked.map((m) => m.currency)),
        int8s(booked.map((m) => m.amount)),
        texts(booked.map((m) => postings[m.kind][0])),
        texts(booked.map((m) => postings[m.kind][1])),
        timestamps(items.map(({ now }) => now)),
      ],
    ];
  },
};

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
    if (accounts.length === 0) return;
    await run(tx, insert, [
      uuids(accounts.map(({ id }) => id)),
      texts(accounts.map(({ customerId }) => customerId)),
      texts(accounts.map(({ currency }) => currency)),
      now,
    ]);
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
    const last = new Map(moved.map((m) => [m.accountId, m]));
    await run(tx, write, [
      uuids(moved.map((m) => m.id)),
      texts(moved.map((m) => m.kind)),
      texts(moved.map((m) => m.reference)),
      uuids(moved.map((m) => m.accountId)),
      uuids(moved.map((m) => m.orderId)),
      uuids(moved.map((m) => m.paymentId)),
      texts(moved.map((m) => m.currency)),
      int8s(moved.map((m) => m.amount)),
      texts(moved.map((m) => postings[m.kind][0])),
      texts(moved.map((m) => postings[m.kind][1])),
      int8s(moved.map((m) => m.availableAfter)),
      int8s(moved.map((m) => m.blockedAfter)),
      texts(moved.map((m) => m.note)),
      moved[0]!.createdAt,
      uuids([...last.keys()]),
      int8s([...last.values()].map((m) => m.availableAfter)),
      int8s([...last.values()].map((m) => m.blockedAfter)),
    ]);
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
