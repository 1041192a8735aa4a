import { Injectable } from '@nestjs/common';
import type { RecordedEvent } from '#kernel/events.js';
import { newId } from '#kernel/ids.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#kernel/tx.js';
import { Database } from '../database/database.js';
import { count, statement } from '../database/statement.js';

export interface ClaimedRow {
  id: number;
  /** Rises with every claim: who was overtaken while working finds nothing under its old fence. */
  fence: number;
  subscriber: string;
  attempts: number;
  event: RecordedEvent;
}

// Claims due rows of each subscriber up to its free slots. Locks: only rows nobody else holds (SKIP LOCKED), oldest
// first, and only until this statement commits; the claim itself lives on as due_at in the future plus a new fence.
// MATERIALIZED is a fence for the planner: without it more rows than the limit can be claimed. The database's clock counts.
const claim = statement(
  'outbox.claim',
  `WITH due AS MATERIALIZED (
     SELECT o.id
     FROM unnest($1::text[], $2::int[]) AS free (subscriber, slots)
     CROSS JOIN LATERAL (
       SELECT id FROM outbox
       WHERE subscriber = free.subscriber AND due_at <= now()
       ORDER BY due_at, id
       LIMIT free.slots
       FOR UPDATE SKIP LOCKED) o),
   claimed AS (
     UPDATE outbox SET due_at = clock_timestamp() + $3 * interval '1 second', fence = nextval('outbox_fence'), attempts = attempts + 1
     FROM due WHERE outbox.id = due.id
     RETURNING outbox.id, outbox.fence, outbox.subscriber, outbox.attempts, outbox.event_id)
   SELECT c.id, c.fence, c.subscriber, c.attempts, c.event_id, e.type, e.subject_type, e.subject_id, e.sequence, e.data,
          e.occurred_at, e.request_id, e.caused_by
   FROM claimed c JOIN events e ON e.id = c.event_id
   ORDER BY c.id`,
);

// Keeps the claims of work that is still under way. SKIP LOCKED: a row that is just being settled needs no renewal.
const renew = statement(
  'outbox.renew',
  `UPDATE outbox SET due_at = clock_timestamp() + $3 * interval '1 second'
   WHERE id IN (SELECT o.id FROM outbox o JOIN unnest($1::bigint[], $2::bigint[]) AS mine (id, fence)
                  ON o.id = mine.id AND o.fence = mine.fence
                FOR UPDATE OF o SKIP LOCKED)`,
);

// First statement of a reaction's transaction: locks and removes its row. Guard: the fence; 0 rows means it was overtaken.
const take = statement('outbox.take', `DELETE FROM outbox WHERE id = $1 AND fence = $2`);

// Gives a failed row its next time. Guard: the fence.
const postpone = statement(
  'outbox.postpone',
  `UPDATE outbox SET due_at = clock_timestamp() + $3 * interval '1 second', last_error = $4, attempts = attempts - $5 WHERE id = $1 AND fence = $2`,
);

// Moves a hopeless row to the dead letters in one statement. Guard: the fence.
const bury = statement(
  'outbox.bury',
  `WITH dead AS (DELETE FROM outbox WHERE id = $1 AND fence = $2 RETURNING event_id, subscriber, attempts)
   INSERT INTO dead_letters (id, event_id, subscriber, attempts, last_error)
   SELECT $3, event_id, subscriber, attempts, $4 FROM dead
   ON CONFLICT (event_id, subscriber) DO UPDATE SET attempts = excluded.attempts, last_error = excluded.last_error, died_at = now()`,
);

const state = statement(
  'outbox.state',
  `SELECT (SELECT count(*) FROM outbox) AS pending,
          (SELECT count(*) FROM outbox WHERE due_at <= now()) AS due,
          coalesce((SELECT extract(epoch FROM now() - min(due_at)) FROM outbox WHERE due_at <= now()), 0)::float8 AS oldest_due_seconds,
          (SELECT count(*) FROM dead_letters) AS dead`,
);

export interface OutboxState {
  pending: number;
  due: number;
  oldestDueSeconds: number;
  dead: number;
}

interface Row {
  id: number;
  fence: number;
  subscriber: string;
  attempts: number;
  event_id: string;
  type: string;
  subject_type: string;
  subject_id: string;
  sequence: number;
  data: JsonObject;
  occurred_at: Date;
  request_id: string | null;
  caused_by: string | null;
}

@Injectable()
export class Outbox {
  constructor(private readonly database: Database) {}

  async claim(free: ReadonlyMap<string, number>, leaseSeconds: number): Promise<ClaimedRow[]> {
    const rows = await this.database.read<Row>(claim, [[...free.keys()], [...free.values()], leaseSeconds]);
    return rows.map((row) => ({
      id: row.id,
      fence: row.fence,
      subscriber: row.subscriber,
      attempts: row.attempts,
      event: {
        id: row.event_id,
        type: row.type,
        subject: { type: row.subject_type, id: row.subject_id },
        sequence: row.sequence,
        data: row.data,
        occurredAt: row.occurred_at,
        requestId: row.request_id,
        causedBy: row.caused_by,
      },
    }));
  }

  async renew(rows: readonly ClaimedRow[], leaseSeconds: number): Promise<void> {
    await this.database.read(renew, [rows.map((row) => row.id), rows.map((row) => row.fence), leaseSeconds]);
  }

  /** Whether the row was still ours; it is gone when the transaction commits. */
  async take(tx: Tx, row: ClaimedRow): Promise<boolean> {
    return (await count(tx, take, [row.id, row.fence])) === 1;
  }

  /** @param counts whether this was an attempt */
  async postpone(row: ClaimedRow, delaySeconds: number, error: string, counts = true): Promise<void> {
    await this.database.read(postpone, [row.id, row.fence, delaySeconds, error, counts ? 0 : 1]);
  }

  /** Whether the row was still ours. */
  async bury(tx: Tx, row: ClaimedRow, error: string): Promise<boolean> {
    return (await count(tx, bury, [row.id, row.fence, newId(), error])) === 1;
  }

  async state(): Promise<OutboxState> {
    const [row] = await this.database.read<{ pending: number; due: number; oldest_due_seconds: number; dead: number }>(state);
    return { pending: row!.pending, due: row!.due, oldestDueSeconds: row!.oldest_due_seconds, dead: row!.dead };
  }
}
