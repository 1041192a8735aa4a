import { statement } from '../database/statement.js';
import { eventColumns, type EventRow } from '../events/event-rows.js';
import { isLater, type Place } from './low-water-marks.js';

// A look begins at the mark of its queue; near the present it begins a little earlier, for rows that were committed since the mark was
// noted.
const late = `now() - interval '500 ms'`;
const claimedMark = `'epoch'::timestamptz + free.mark * interval '1 microsecond'`;
const takenMark = `'epoch'::timestamptz + $3::bigint * interval '1 microsecond'`;
const microseconds = `(extract(epoch FROM due.due_at) * 1000000)::bigint`;

// Claims due rows of each subscriber up to its free slots. Locks: only rows that are not held elsewhere (SKIP LOCKED), oldest
// first, and only until this statement commits; the claim itself lives on as due_at in the future plus a new fence.
// MATERIALIZED is a fence for the planner: without it more rows than the limit can be claimed. The database's clock counts.
// ANY and OFFSET 0 keep it to the indexes: it believes that a tenth of a queue is claimed and would read all of a long one.
export const claim = statement(
  'outbox.claim',
  `WITH due AS MATERIALIZED (
     SELECT o.id, o.due_at
     FROM unnest($1::text[], $2::int[], $4::bigint[], $5::bigint[]) AS free (subscriber, slots, mark, mark_id)
     CROSS JOIN LATERAL (
       SELECT id, due_at FROM outbox
       WHERE subscriber = free.subscriber AND due_at <= now() AND (due_at, id) >= (least(${claimedMark}, ${late}), CASE WHEN ${claimedMark} < ${late} THEN free.mark_id ELSE 0 END)
       ORDER BY due_at, id
       LIMIT free.slots
       FOR UPDATE SKIP LOCKED) o),
   claimed AS (
     UPDATE outbox SET due_at = clock_timestamp() + $3 * interval '1 second', fence = nextval('outbox_fence'), attempts = attempts + 1
     WHERE id = ANY(ARRAY(SELECT id FROM due))
     RETURNING id, fence, subscriber, attempts, event_id)
   SELECT c.id, c.fence, c.subscriber, c.attempts, c.event_id, ${microseconds} AS was_due_at, e.type, e.subject_type, e.subject_id, e.sequence, e.data,
          e.occurred_at, e.request_id, e.caused_by, e.actor
   FROM claimed c JOIN due ON due.id = c.id CROSS JOIN LATERAL (SELECT * FROM events WHERE id = c.event_id OFFSET 0) e
   ORDER BY c.id`,
);

// Takes due rows out for good, in the transaction that reacts to them: no lease is needed, the row locks are the claim. If that
// fails they are there as before. SKIP LOCKED: two processes take different ones.
export const takeDue = statement(
  'outbox.take-due',
  `WITH due AS MATERIALIZED (
     SELECT id, due_at FROM outbox WHERE subscriber = $1 AND due_at <= now() AND (due_at, id) >= (least(${takenMark}, ${late}), CASE WHEN ${takenMark} < ${late} THEN $4::bigint ELSE 0 END)
     ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED),
   gone AS (DELETE FROM outbox WHERE id = ANY(ARRAY(SELECT id FROM due)) RETURNING event_id),
   last AS (SELECT ${microseconds} AS last_due_at, due.id AS last_id FROM due ORDER BY due.due_at DESC, due.id DESC LIMIT 1)
   SELECT ${eventColumns}, last.last_due_at, last.last_id FROM gone JOIN events e ON e.id = gone.event_id CROSS JOIN last ORDER BY e.id`,
);

export interface DueRow extends Omit<EventRow, 'id'> {
  id: number;
  fence: number;
  subscriber: string;
  attempts: number;
  event_id: string;
  was_due_at: number;
}

export interface TakenRow extends EventRow {
  last_due_at: number;
  last_id: number;
}

/** Of each queue how many rows were claimed, and the last of them. */
export function takenOfEach(rows: readonly DueRow[]): Map<string, { last: Place; count: number }> {
  const taken = new Map<string, { last: Place; count: number }>();
  for (const { subscriber, id, was_due_at: dueAt } of rows) {
    const { last, count } = taken.get(subscriber) ?? { last: { dueAt: 0, id: 0 }, count: 0 };
    const place = { dueAt, id };
    taken.set(subscriber, { last: isLater(place, last) ? place : last, count: count + 1 });
  }
  return taken;
}
