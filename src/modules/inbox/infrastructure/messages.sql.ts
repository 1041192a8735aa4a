import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { count, run, statement } from '#platform/database/statement.js';
import type { NoticeEffect } from '#modules/payments/contract.js';
import { Notices, type Notice, type NoticeFilter, type NoticeState, type SettledNotice } from '../application/messages.js';

// A second notice with the same id waits for the first one's transaction and is then a duplicate. Guard: webhook_receipts_event_unique.
const insert = statement(
  'notices.insert',
  `INSERT INTO webhook_receipts (id, provider, event_id, type, raw_body, headers, status, received_at)
   VALUES ($1, $2, $3, $4, $5, $6, 'received', $7)
   ON CONFLICT ON CONSTRAINT webhook_receipts_event_unique DO NOTHING`,
);

const columns = `id, provider, event_id, type, raw_body, headers, status, effect, received_at, settled_at`;
const find = statement('notices.find', `SELECT ${columns} FROM webhook_receipts WHERE id = $1`);

// Locks one notice, before whatever it is about. Nobody who holds an order waits for a notice.
const lock = statement('notices.lock', `SELECT ${columns} FROM webhook_receipts WHERE id = $1 FOR NO KEY UPDATE`);

const reopen = statement('notices.reopen', `UPDATE webhook_receipts SET status = 'received', effect = NULL, settled_at = NULL WHERE id = $1`);
const settle = statement(
  'notices.settle',
  `UPDATE webhook_receipts SET status = $2, effect = $3, settled_at = $4, order_id = coalesce($5, order_id) WHERE id = $1`,
);

interface Row {
  id: string;
  provider: string;
  event_id: string;
  type: string;
  raw_body: Buffer;
  headers: JsonObject;
  status: NoticeState;
  effect: string | null;
  received_at: Date;
  settled_at: Date | null;
}

@Injectable()
export class SqlNotices extends Notices {
  constructor(private readonly database: Database) {
    super();
  }

  override async list({ type, status }: NoticeFilter, afterId: string | null, limit: number): Promise<SettledNotice[]> {
    const asked = new Conditions([limit + 1]);
    asked.where('id < ?', afterId);
    asked.where('type = ?', type);
    asked.where('status = ?', status);
    const rows = await this.database.readOnce<Row>(
      `SELECT ${columns.replace('raw_body', `''::bytea AS raw_body`)} FROM webhook_receipts
       ${asked.sql} ORDER BY id DESC LIMIT $1`,
      asked.values,
    );
    return rows.map(notice);
  }

  override async find(id: string): Promise<SettledNotice | null> {
    const [row] = await this.database.read<Row>(find, [id]);
    return row ? notice(row) : null;
  }

  override async insert(tx: Tx, n: Notice): Promise<boolean> {
    return (await count(tx, insert, [n.id, n.provider, n.eventId, n.type, n.rawBody, JSON.stringify(n.headers), n.receivedAt])) === 1;
  }

  override async lock(tx: Tx, id: string): Promise<SettledNotice | null> {
    const [row] = await run<Row>(tx, lock, [id]);
    return row ? notice(row) : null;
  }

  override async reopen(tx: Tx, id: string): Promise<void> {
    await run(tx, reopen, [id]);
  }

  override async settle(tx: Tx, id: string, effect: NoticeEffect, at: Date): Promise<void> {
    await run(tx, settle, [id, effect.kind, effect.detail, at, effect.orderId ?? null]);
  }
}

function notice(row: Row): SettledNotice {
  return {
    id: row.id,
    provider: row.provider,
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
