import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { RecipientConsumer } from '#ports/consumers.js';
import { Queue, type DeadLetter, type OutboxState } from '#ports/dead-letters.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '../database/database.js';
import { run, statement } from '../database/statement.js';
import { Backlog } from './backlog.sql.js';
import { Outbox } from './outbox.sql.js';
import { Subscriptions } from './subscriptions.js';

const columns = `d.id, d.subscriber, d.attempts, d.last_error, d.died_at, e.id AS event_id, e.type, e.subject_type, e.subject_id, e.request_id`;
const source = `dead_letters d JOIN events e ON e.id = d.event_id`;
const list = statement(
  'dead-letters.list',
  `SELECT ${columns} FROM ${source} WHERE $2::uuid IS NULL OR d.id < $2 ORDER BY d.id DESC LIMIT $1`,
);
const lock = statement('dead-letters.lock', `SELECT ${columns} FROM ${source} WHERE d.id = $1 FOR UPDATE OF d`);
const discard = statement('dead-letters.discard', `DELETE FROM dead_letters WHERE id = $1`);

interface Row {
  id: string;
  subscriber: string;
  attempts: number;
  last_error: string;
  died_at: Date;
  event_id: string;
  type: string;
  subject_type: string;
  subject_id: string;
  request_id: string | null;
}

@Injectable()
export class SqlQueue extends Queue {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly backlog: Backlog,
    private readonly subscriptions: Subscriptions,
    private readonly moduleRef: ModuleRef,
  ) {
    super();
  }

  override state(): Promise<OutboxState> {
    return this.backlog.state();
  }

  override async deadLetters(afterId: string | null, limit: number): Promise<DeadLetter[]> {
    return (await this.database.read<Row>(list, [limit + 1, afterId])).map(letter);
  }

  override async lockDeadLetter(tx: Tx, id: string): Promise<DeadLetter | null> {
    const [row] = await run<Row>(tx, lock, [id]);
    return row ? letter(row) : null;
  }

  override async revive(tx: Tx, { subscriber, event }: DeadLetter): Promise<void> {
    await this.outbox.put(tx, [{ eventId: event.id, subscriber }], 0);
    const addressed = this.subscriptions.recipientOf(subscriber);
    if (addressed)
      await this.moduleRef
        .get<RecipientConsumer>(addressed.consumer, { strict: false })
        .reopen(tx, event.id, addressed.recipient);
  }

  override async discard(tx: Tx, { id }: DeadLetter): Promise<void> {
    await run(tx, discard, [id]);
  }
}

function letter(row: Row): DeadLetter {
  return {
    id: row.id,
    subscriber: row.subscriber,
    attempts: row.attempts,
    lastError: row.last_error,
    diedAt: row.died_at,
    event: {
      id: row.event_id,
      type: row.type,
      subjectType: row.subject_type,
      subjectId: row.subject_id,
      requestId: row.request_id,
    },
  };
}
