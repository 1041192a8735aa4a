import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#kernel/tx.js';
import { count, run, statement } from '#platform/database/statement.js';
import type { NoticeEffect } from '#payments/contract.js';
import { Notices, type Notice } from '../application/notices.js';

// A second notice with the same id waits for the first one's transaction and is then a duplicate. Guard: webhook_receipts_event_unique.
const insert = statement(
  'notices.insert',
  `INSERT INTO webhook_receipts (id, provider, event_id, type, raw_body, headers, status, received_at)
   VALUES ($1, $2, $3, $4, $5, $6, 'received', $7)
   ON CONFLICT ON CONSTRAINT webhook_receipts_event_unique DO NOTHING`,
);

const find = statement('notices.find', `SELECT id, provider, event_id, type, raw_body, headers, received_at FROM webhook_receipts WHERE id = $1`);

const settle = statement('notices.settle', `UPDATE webhook_receipts SET status = $2, effect = $3, settled_at = $4 WHERE id = $1`);

interface Row {
  id: string;
  provider: string;
  event_id: string;
  type: string;
  raw_body: Buffer;
  headers: JsonObject;
  received_at: Date;
}

@Injectable()
export class SqlNotices extends Notices {
  override async insert(tx: Tx, n: Notice): Promise<boolean> {
    return (await count(tx, insert, [n.id, n.provider, n.eventId, n.type, n.rawBody, JSON.stringify(n.headers), n.receivedAt])) === 1;
  }

  override async find(tx: Tx, id: string): Promise<Notice | null> {
    const [row] = await run<Row>(tx, find, [id]);
    if (!row) return null;
    return {
      id: row.id,
      provider: row.provider,
      eventId: row.event_id,
      type: row.type,
      rawBody: row.raw_body,
      headers: row.headers,
      receivedAt: row.received_at,
    };
  }

  override async settle(tx: Tx, id: string, effect: NoticeEffect, at: Date): Promise<void> {
    await run(tx, settle, [id, effect.kind, effect.detail, at]);
  }
}
