import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { count, first, run, statement } from '#platform/database/statement.js';
import {
  Messages,
  type InboundMessage,
  type MessageFilter,
  type MessageState,
  type SettledMessage,
} from '../application/messages.js';
import type { MessageEffect } from '../contract.js';

// A second message with the same id waits for the first one's transaction and is then a duplicate. Guard: inbox_messages_event_unique.
const insert = statement(
  'inbox-messages.insert',
  `INSERT INTO inbox_messages (id, source, event_id, type, raw_body, headers, status, received_at)
   VALUES ($1, $2, $3, $4, $5, $6, 'received', $7)
   ON CONFLICT ON CONSTRAINT inbox_messages_event_unique DO NOTHING`,
);

const columns = `id, source, event_id, type, raw_body, headers, status, effect, received_at, settled_at`;
const find = statement('inbox-messages.find', `SELECT ${columns} FROM inbox_messages WHERE id = $1`);

// Locks one message, before what it is about. No transaction that holds an order waits for a message.
const lock = statement('inbox-messages.lock', `SELECT ${columns} FROM inbox_messages WHERE id = $1 FOR NO KEY UPDATE`);

const reopen = statement(
  'inbox-messages.reopen',
  `UPDATE inbox_messages SET status = 'received', effect = NULL, settled_at = NULL WHERE id = $1`,
);
const settle = statement(
  'inbox-messages.settle',
  `UPDATE inbox_messages SET status = $2, effect = $3, settled_at = $4, subject_id = coalesce($5, subject_id) WHERE id = $1`,
);

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

  override async insert(tx: Tx, message: InboundMessage): Promise<boolean> {
    return (
      (await count(tx, insert, [
        message.id,
        message.source,
        message.eventId,
        message.type,
        message.rawBody,
        JSON.stringify(message.headers),
        message.receivedAt,
      ])) === 1
    );
  }

  override async lock(tx: Tx, id: string): Promise<SettledMessage | null> {
    return first(await run<Row>(tx, lock, [id]), settled);
  }

  override async reopen(tx: Tx, id: string): Promise<void> {
    await run(tx, reopen, [id]);
  }

  override async settle(tx: Tx, id: string, effect: MessageEffect, at: Date): Promise<void> {
    await run(tx, settle, [id, effect.kind, effect.detail, at, effect.orderId ?? null]);
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
