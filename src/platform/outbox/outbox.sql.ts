import { Injectable } from '@nestjs/common';
import type { NextStep } from '#ports/consumers.js';
import { EventCatalog, type RecordedEvent } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '../database/database.js';
import { float8s, int4s, int8s, texts, uuids } from '../database/array-parameters.js';
import { ranks, type GatheredWrite } from '../database/gathered-writes.js';
import { afterCommit, count, gather, run, statement } from '../database/statement.js';
import { recordedEvent } from '../events/event-rows.js';
import { LowWaterMarks } from './low-water-marks.js';
import { claim, takenOfEach, takeDue, type DueRow, type TakenRow } from './due-rows.sql.js';
import { Wakeup } from './wakeup.js';

export interface ClaimedRow {
  id: number;
  /** Rises with every claim: work that was overtaken finds nothing under its old fence. */
  fence: number;
  subscriber: string;
  attempts: number;
  event: RecordedEvent;
}

// Keeps the claims of work that is still under way. SKIP LOCKED: a row that is just being settled needs no renewal.
const renew = statement(
  'outbox.renew',
  `UPDATE outbox SET due_at = clock_timestamp() + $3 * interval '1 second'
   WHERE id IN (SELECT o.id FROM outbox o JOIN unnest($1::bigint[], $2::bigint[]) AS mine (id, fence)
                  ON o.id = mine.id AND o.fence = mine.fence
                FOR UPDATE OF o SKIP LOCKED)`,
);

// First statement of a reaction's transaction: locks and removes its rows. Guard: the fence; what is missing was overtaken.
const take = statement(
  'outbox.take',
  `DELETE FROM outbox o USING unnest($1::bigint[], $2::bigint[]) AS mine (id, fence)
   WHERE o.id = ANY($1::bigint[]) AND o.id = mine.id AND o.fence = mine.fence RETURNING o.id, o.fence`,
);

// First statement of a shared transaction: locks its rows, ids ascending. Guard: the fence; what is missing was overtaken.
const hold = statement(
  'outbox.hold',
  `SELECT o.id, o.fence FROM outbox o JOIN unnest($1::bigint[], $2::bigint[]) AS mine (id, fence) ON o.fence = mine.fence
   WHERE o.id = ANY($1::bigint[]) AND o.id = mine.id ORDER BY o.id FOR UPDATE OF o`,
);

// Removes rows that are held. Guard: assert_written, should a row not be held after all.
const remove = statement(
  'outbox.remove-held',
  `WITH gone AS (DELETE FROM outbox WHERE id = ANY($1::bigint[]) RETURNING 1)
   SELECT assert_written('outbox rows', (SELECT count(*) FROM gone), cardinality($1::bigint[]))`,
);
const removing: GatheredWrite<number> = {
  rank: ranks.records,
  statement: (ids) => [remove, [int8s(ids)]],
};

// Settles many attempts at deliveries at once: what was delivered or is given up leaves the queue, the rest gets its next
// time. Locks only rows that are claimed. Guard: the fence; ids that are not answered were overtaken.
const settle = statement(
  'outbox.settle',
  `WITH told AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::float8[], $4::text[], $5::int[], $6::uuid[]) AS t (id, fence, delay_seconds, error, uncounted, letter_id)),
   gone AS (
     DELETE FROM outbox o USING told t WHERE o.id = ANY($1::bigint[]) AND o.id = t.id AND o.fence = t.fence AND t.delay_seconds IS NULL
     RETURNING o.id, o.fence, o.event_id, o.subscriber, o.attempts, t.error, t.letter_id),
   again AS (
     UPDATE outbox o SET due_at = clock_timestamp() + t.delay_seconds * interval '1 second', last_error = t.error, attempts = o.attempts - t.uncounted
     FROM told t WHERE o.id = ANY($1::bigint[]) AND o.id = t.id AND o.fence = t.fence AND t.delay_seconds IS NOT NULL
     RETURNING o.id, o.fence),
   dead AS (
     INSERT INTO dead_letters (id, event_id, subscriber, attempts, last_error)
     SELECT letter_id, event_id, subscriber, attempts, error FROM gone WHERE error IS NOT NULL
     ON CONFLICT (event_id, subscriber) DO UPDATE SET attempts = excluded.attempts, last_error = excluded.last_error, died_at = now())
   SELECT id, fence FROM gone UNION ALL SELECT id, fence FROM again`,
);

// Guard: outbox_event_subscriber_unique. A row that waits, or is being worked on, starts anew: with its first attempt, under a
// fence that the present work does not have. A dead letter goes back to the queue.
const put = statement(
  'outbox.put',
  `WITH revived AS (DELETE FROM dead_letters d USING unnest($1::uuid[], $2::text[]) AS r (event_id, subscriber) WHERE d.event_id = r.event_id AND d.subscriber = r.subscriber)
   INSERT INTO outbox (event_id, subscriber, due_at)
   SELECT event_id, subscriber, now() + $3 * interval '1 second' FROM unnest($1::uuid[], $2::text[]) AS r (event_id, subscriber)
   ON CONFLICT ON CONSTRAINT outbox_event_subscriber_unique
   DO UPDATE SET due_at = excluded.due_at, attempts = 0, last_error = NULL, fence = nextval('outbox_fence')`,
);

// Gives a failed row its next time. Guard: the fence.
const postpone = statement(
  'outbox.postpone',
  `UPDATE outbox SET due_at = clock_timestamp() + $3 * interval '1 second', last_error = $4, attempts = attempts - $5 WHERE id = $1 AND fence = $2`,
);

// Moves a row that is given up to the dead letters in one statement. Guard: the fence.
const moveToDeadLetters = statement(
  'outbox.move-to-dead-letters',
  `WITH dead AS (DELETE FROM outbox WHERE id = $1 AND fence = $2 RETURNING event_id, subscriber, attempts)
   INSERT INTO dead_letters (id, event_id, subscriber, attempts, last_error)
   SELECT $3, event_id, subscriber, attempts, $4 FROM dead
   ON CONFLICT (event_id, subscriber) DO UPDATE SET attempts = excluded.attempts, last_error = excluded.last_error, died_at = now()`,
);

export interface QueuedEvent {
  readonly eventId: string;
  readonly subscriber: string;
}

/** What became of a claimed row that was to be delivered. */
export interface SettledRow {
  readonly row: ClaimedRow;
  readonly next: NextStep;
}

@Injectable()
export class Outbox {
  private readonly marks = new LowWaterMarks();

  constructor(
    private readonly database: Database,
    private readonly catalog: EventCatalog,
    private readonly wakeup: Wakeup,
  ) {}

  /** The next look into each queue begins at its beginning. */
  lookFromBeginning(): void {
    this.marks.forget();
  }

  async claim(free: ReadonlyMap<string, number>, leaseSeconds: number): Promise<ClaimedRow[]> {
    const queues = [...free.keys()];
    const places = queues.map((queue) => this.marks.placeOf(queue));
    const began = performance.now();
    const rows = await this.database.read<DueRow>(claim, [
      texts(queues),
      int4s([...free.values()]),
      leaseSeconds,
      int8s(places.map(({ dueAt }) => dueAt)),
      int8s(places.map(({ id }) => id)),
    ]);
    const tookMs = performance.now() - began;
    const taken = takenOfEach(rows);
    queues.forEach((queue, i) => {
      const { last = null, count: found = 0 } = taken.get(queue) ?? {};
      this.marks.note(queue, places[i]!, last, found === free.get(queue), tookMs);
    });
    return rows.map((row) => ({
      id: row.id,
      fence: row.fence,
      subscriber: row.subscriber,
      attempts: row.attempts,
      event: recordedEvent({ ...row, id: row.event_id }, this.catalog),
    }));
  }

  /** Queues events for reactions, due after so many seconds. What is queued already, or was given up, starts anew. */
  async put(tx: Tx, rows: readonly QueuedEvent[], delaySeconds: number): Promise<void> {
    if (rows.length === 0) return;
    await run(tx, put, [uuids(rows.map((row) => row.eventId)), texts(rows.map((row) => row.subscriber)), delaySeconds]);
    afterCommit(tx, this.wakeup.wake);
  }

  /** Events that are due for a reaction which takes many; gone from the queue when the transaction commits. */
  async takeDue(tx: Tx, subscriber: string, limit: number): Promise<RecordedEvent[]> {
    const from = this.marks.placeOf(subscriber);
    const began = performance.now();
    const rows = await run<TakenRow>(tx, takeDue, [subscriber, limit, from.dueAt, from.id]);
    const tookMs = performance.now() - began;
    const [row] = rows;
    const last = row ? { dueAt: row.last_due_at, id: row.last_id } : null;
    afterCommit(tx, () => this.marks.note(subscriber, from, last, rows.length === limit, tookMs));
    return rows.map((taken) => recordedEvent(taken, this.catalog));
  }

  async renew(rows: readonly ClaimedRow[], leaseSeconds: number): Promise<void> {
    await this.database.read(renew, [...fencesOf(rows), leaseSeconds]);
  }

  /** Those that were still ours; they are gone when the transaction commits. */
  async take(tx: Tx, rows: readonly ClaimedRow[]): Promise<ClaimedRow[]> {
    const taken = await run<Fenced>(tx, take, fencesOf(rows));
    return stillOurs(rows, taken);
  }

  /** Locks rows that are removed one by one as their events take effect. @returns those that were still ours */
  async hold(tx: Tx, rows: readonly ClaimedRow[]): Promise<ClaimedRow[]> {
    return stillOurs(rows, await run<Fenced>(tx, hold, fencesOf(rows)));
  }

  /** Removes a row that is held, when the transaction commits. */
  remove(tx: Tx, row: ClaimedRow): void {
    gather(tx, removing, row.id);
  }

  /** Those that were still ours. */
  async settle(tx: Tx, settled: readonly SettledRow[]): Promise<ClaimedRow[]> {
    const rows = settled.map(({ row }) => row);
    const answered = await run<Fenced>(tx, settle, [
      ...fencesOf(rows),
      float8s(settled.map(({ next }) => (next.kind === 'retry' ? next.seconds : null))),
      texts(settled.map(({ next }) => (next.kind === 'done' ? null : next.error))),
      int4s(settled.map(({ next }) => (next.kind === 'retry' && !next.counts ? 1 : 0))),
      uuids(rows.map(() => newId())),
    ]);
    return stillOurs(rows, answered);
  }

  /** @param counts whether this was an attempt */
  async postpone(row: ClaimedRow, delaySeconds: number, error: string, counts = true): Promise<void> {
    await this.database.read(postpone, [row.id, row.fence, delaySeconds, error, counts ? 0 : 1]);
  }

  /** Whether the row was still ours. */
  async moveToDeadLetters(tx: Tx, row: ClaimedRow, error: string): Promise<boolean> {
    return (await count(tx, moveToDeadLetters, [row.id, row.fence, newId(), error])) === 1;
  }
}

type Fenced = Pick<ClaimedRow, 'id' | 'fence'>;

function fencesOf(rows: readonly ClaimedRow[]): Buffer[] {
  return [int8s(rows.map((row) => row.id)), int8s(rows.map((row) => row.fence))];
}

/** By row and fence: one row may have been claimed twice, and then only the later claim counts. */
function stillOurs(rows: readonly ClaimedRow[], answered: readonly Fenced[]): ClaimedRow[] {
  const ours = new Set(answered.map(({ id, fence }) => `${id}/${fence}`));
  return rows.filter(({ id, fence }) => ours.has(`${id}/${fence}`));
}
