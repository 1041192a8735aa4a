import { Injectable } from '@nestjs/common';
import { RecipientQueues } from '#ports/consumers.js';
import type { Tx } from '#ports/tx.js';
import { count, run, statement } from '../database/statement.js';
import { Outbox } from './outbox.sql.js';
import { queueOf } from './subscriptions.js';

const remove = statement(
  'outbox.remove',
  `DELETE FROM outbox o USING unnest($1::uuid[], $2::text[]) AS r (event_id, subscriber)
   WHERE o.event_id = ANY($1::uuid[]) AND o.event_id = r.event_id AND o.subscriber = r.subscriber`,
);

// A dead letter goes with its delivery.
const removeLetters = statement(
  'outbox.remove-letters',
  `DELETE FROM dead_letters d USING unnest($1::uuid[], $2::text[]) AS r (event_id, subscriber)
   WHERE d.event_id = ANY($1::uuid[]) AND d.event_id = r.event_id AND d.subscriber = r.subscriber`,
);

// A bounded number of rows of one consumer whose recipient is none of these. SKIP LOCKED: what is being settled settles itself.
const removeExcept = statement(
  'outbox.remove-except',
  `DELETE FROM outbox WHERE id IN (
     SELECT id FROM outbox WHERE subscriber >= $1::text || '/' AND subscriber < $1::text || '0' AND subscriber <> ALL($2::text[])
     LIMIT $3 FOR UPDATE SKIP LOCKED)`,
);

interface Addressed {
  readonly eventId: string;
  readonly recipient: string;
}

@Injectable()
export class OutboxQueues extends RecipientQueues {
  constructor(private readonly outbox: Outbox) {
    super();
  }

  override put(tx: Tx, consumerId: string, rows: readonly Addressed[], delaySeconds: number): Promise<void> {
    const queued = rows.map(({ eventId, recipient }) => ({ eventId, subscriber: queueOf(consumerId, recipient) }));
    return this.outbox.put(tx, queued, delaySeconds);
  }

  override async remove(tx: Tx, consumerId: string, rows: readonly Addressed[]): Promise<void> {
    if (rows.length === 0) return;
    const named = [rows.map((row) => row.eventId), rows.map((row) => queueOf(consumerId, row.recipient))];
    await run(tx, remove, named);
    await run(tx, removeLetters, named);
  }

  override removeExcept(tx: Tx, consumerId: string, recipients: readonly string[], limit: number): Promise<number> {
    return count(tx, removeExcept, [consumerId, recipients.map((recipient) => queueOf(consumerId, recipient)), limit]);
  }
}
