import { int8s, texts, timestamps, uuids } from '#platform/database/array-parameters.js';
import { ranks, type GatheredWrite } from '#platform/database/gathered-writes.js';
import { statement } from '#platform/database/statement.js';
import type { ExternalMovement, WalletAccount } from '../contract.js';
import { postings, type Movement } from '../domain/ledger.js';

// Waits for a transaction that is just making one of them, and fails then. Locks nothing else. Guard:
// balance_accounts_customer_currency_unique.
const insert = statement(
  'balances.insert',
  `INSERT INTO balance_accounts (id, customer_id, currency, created_at, updated_at)
   SELECT id, customer_id, currency, at, at FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS a (id, customer_id, currency, at)
   ORDER BY customer_id, currency`,
);

// Accounts and movements in one statement; the accounts are locked. Guards: balance_accounts_not_negative,
// ledger_movements_reference_unique, assert_written. The last movement of each account says what is there afterwards.
const write = statement(
  'balances.write',
  `WITH moved AS (
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::bigint[], $9::text[], $10::text[],
                          $11::bigint[], $12::bigint[], $13::text[], $14::timestamptz[])
       AS m (id, kind, reference, account_id, order_id, payment_id, currency, amount, source, destination, available_after, blocked_after, note,
             created_at)),
   accounts AS (
     UPDATE balance_accounts a SET available = last.available_after, blocked = last.blocked_after, updated_at = last.created_at
     FROM unnest($15::uuid[], $16::bigint[], $17::bigint[], $18::timestamptz[]) AS last (id, available_after, blocked_after, created_at)
     WHERE a.id = ANY($15::uuid[]) AND a.id = last.id
     RETURNING 1),
   written AS (
     INSERT INTO ledger_movements (id, kind, reference, account_id, order_id, payment_id, currency, amount, source, destination, available_after,
                                   blocked_after, note, created_at)
     SELECT moved.* FROM moved)
   SELECT assert_written('accounts', (SELECT count(*) FROM accounts), cardinality($15::uuid[]))`,
);

export const moving: GatheredWrite<Movement> = {
  rank: ranks.ledger,
  statement: (moved) => {
    const last = new Map(moved.map((m) => [m.accountId, m]));
    const lasts = [...last.values()];
    return [
      write,
      [
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
        timestamps(moved.map((m) => m.createdAt)),
        uuids([...last.keys()]),
        int8s(lasts.map((m) => m.availableAfter)),
        int8s(lasts.map((m) => m.blockedAfter)),
        timestamps(lasts.map((m) => m.createdAt)),
      ],
    ];
  },
};

export const opening: GatheredWrite<{ readonly account: WalletAccount; readonly now: Date }> = {
  rank: ranks.parents,
  statement: (items) => {
    const opened = items.map((item) => item.account);
    return [
      insert,
      [
        uuids(opened.map(({ id }) => id)),
        texts(opened.map(({ customerId }) => customerId)),
        texts(opened.map(({ currency }) => currency)),
        timestamps(items.map(({ now }) => now)),
      ],
    ];
  },
};

// Money that no account of a customer sees. Guard: ledger_movements_reference_unique.
const book = statement(
  'balances.book',
  `INSERT INTO ledger_movements (id, kind, reference, order_id, payment_id, currency, amount, source, destination, created_at)
   SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::timestamptz[])`,
);

export const booking: GatheredWrite<{ readonly id: string; readonly movement: ExternalMovement; readonly now: Date }> =
  {
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
