import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { byteas, jsons, texts, timestamps, uuids } from '#platform/database/array-parameters.js';
import { ranks, type GatheredWrite } from '#platform/database/gathered-writes.js';
import { ReadAhead } from '#platform/database/read-ahead.js';
import { first, gather, run, statement } from '#platform/database/statement.js';
import {
  Messages,
  type InboundMessage,
  type MessageFilter,
  type MessageState,
  type SettledMessage,
} from '../application/messages.js';
import type { MessageEffect } from '../contract.js';

// A second message with the same id waits for the first one's transaction and is then a duplicate. Sorted, so that two batches with
// the same messages cannot wait for each other. Guard: inbox_messages_event_unique.
const insert = statement(
  'inbox-messages.insert',
  `INSERT INTO inbox_messages (id, source, event_id, type, raw_body, headers, status, received_at)
   SELECT id, source, event_id, type, raw_body, headers, 'received', received_at
   FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::json[], $7::timestamptz[])
     AS n (id, source, event_id, type, raw_body, headers, received_at)
   ORDER BY source, event_id, id
   ON CONFLICT ON CONSTRAINT inbox_messages_event_unique DO NOTHING
   RETURNING id`,
);

const columns = `id, source, event_id, type, raw_body, headers, status, effect, received_at, settled_at`;
const find = statement('inbox-messages.find', `SELECT ${columns} FROM inbox_messages WHERE id = $1`);

// Locks one message, before what it is about. No transaction that holds an order waits for a message.
const lock = statement('inbox-messages.lock', `SELECT ${columns} FROM inbox_messages WHERE id = $1 FOR NO KEY UPDATE`);

const lockAll = statement(
  'inbox-messages.lock-all',
  `SELECT ${columns} FROM inbox_messages WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
);

const reopen = statement(
  'inbox-messages.reopen',
  `UPDATE inbox_messages SET status = 'received', effect = NULL, settled_at = NULL WHERE id = $1`,
);
// The rows are locked, or were made by this transaction.
const settle = statement(
  'inbox-messages.settle',
  `WITH settled AS (
     UPDATE inbox_messages m SET status = n.status, effect = n.effect, settled_at = n.settled_at, subject_id = coalesce(n.subject_id, m.subject_id)
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::uuid[]) AS n (id, status, effect, settled_at, subject_id)
     WHERE m.id = ANY($1::uuid[]) AND m.id = n.id
     RETURNING 1)
   SELECT assert_written('messages', (SELECT count(*) FROM settled), cardinality($1::uuid[]))`,
);

const settling: GatheredWrite<{ readonly id: string; readonly effect: MessageEffect; readonly at: Date }> = {
  rank: ranks.changes,
  keyOf: ({ id }) => id,
  statement: (items) => [
    settle,
    [
      uuids(items.map(({ id }) => id)),
      texts(items.map(({ effect }) => effect.kind)),
      texts(items.map(({ effect }) => effect.detail)),
      timestamps(items.map(({ at }) => at)),
      uuids(items.map(({ effect }) => effect.orderId ?? null)),
    ],
  ],
};

interface Row {
  id: string;
  source: string;
  event_id: string;
  type: string;
  raw_body: Buffer;
  headers: JsonObject;
  status: MessageState;
  effect: string | null;
  received_at: Date;
  settled_at: Date | null;
}

@Injectable()
export class SqlMessages extends Messages {
  private readonly locked = new ReadAhead<SettledMessage>();

  constructor(private readonly database: Database) {
    super();
  }

  override async list(
    { type, status }: MessageFilter,
    afterId: string | null,
    limit: number,
  ): Promise<SettledMessage[]> {
    const asked = new Conditions([limit + 1]);
    asked.where('id < ?', afterId);
    asked.where('type = ?', type);
    asked.where('status = ?', status);
    const rows = await this.database.readOnce<Row>(
      `SELECT ${columns.replace('raw_body', `''::bytea AS raw_body`)} FROM inbox_messages
       ${asked.sql} ORDER BY id DESC LIMIT $1`,
      asked.values,
    );
    return rows.map(settled);
  }

  override async find(id: string): Promise<SettledMessage | null> {
    return first(await this.database.read<Row>(find, [id]), settled);
  }

  override async insert(tx: Tx, messages: readonly InboundMessage[]): Promise<ReadonlySet<string>> {
    const inserted = await run<{ id: string }>(tx, insert, [
      uuids(messages.map(({ id }) => id)),
      texts(messages.map(({ source }) => source)),
      texts(messages.map(({ eventId }) => eventId)),
      texts(messages.map(({ type }) => type)),
      byteas(messages.map(({ rawBody }) => rawBody)),
      jsons(messages.map(({ headers }) => JSON.stringify(headers))),
      timestamps(messages.map(({ receivedAt }) => receivedAt)),
    ]);
    return new Set(inserted.map(({ id }) => id));
  }

  override async lockAhead(tx: Tx, ids: readonly string[]): Promise<SettledMessage[]> {
    const locked = (await run<Row>(tx, lockAll, [uuids(ids)])).map(settled);
    for (const message of locked) this.locked.put(tx, message.id, message);
    return locked;
  }

  override async lock(tx: Tx, id: string): Promise<SettledMessage | null> {
    return this.locked.see(tx, id) ?? first(await run<Row>(tx, lock, [id]), settled);
  }

  override async reopen(tx: Tx, id: string): Promise<void> {
    await run(tx, reopen, [id]);
  }

  override async settle(tx: Tx, id: string, effect: MessageEffect, at: Date): Promise<void> {
    gather(tx, settling, { id, effect, at });
  }
}

function settled(row: Row): SettledMessage {
  return {
    id: row.id,
    source: row.source,
    eventId: row.event_id,
    type: row.type,
    rawBody: row.raw_body,
    headers: row.headers,
    status: row.status,
    effect: row.effect,
    receivedAt: row.received_at,
    settledAt: row.settled_at,
  };
}
