import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#kernel/json.js';
import { Database } from '#platform/database/database.js';
import { statement } from '#platform/database/statement.js';
import { Timelines, type TimelineEntry } from '../application/timeline.js';

// Reads only, each part from an index. The first row says whether there is such an order at all.
const ofOrder = statement(
  'timelines.of-order',
  `WITH subjects AS (
     SELECT $1::uuid AS id UNION ALL SELECT id FROM payments WHERE order_id = $1 UNION ALL SELECT id FROM balance_service_holds WHERE order_id = $1),
   happened AS MATERIALIZED (
     SELECT e.* FROM subjects s CROSS JOIN LATERAL (SELECT * FROM events WHERE subject_id = s.id ORDER BY sequence LIMIT $2) e),
   entries AS (
     SELECT occurred_at AS at, 'event' AS kind, type, id, request_id, caused_by,
            json_build_object('subject', json_build_object('type', subject_type, 'id', subject_id), 'sequence', sequence, 'data', data) AS detail
     FROM happened
     UNION ALL
     SELECT created_at, 'movement', kind, id, NULL, NULL,
            json_build_object('amount', amount, 'currency', currency, 'from', source, 'to', destination, 'reference', reference, 'paymentId', payment_id)
     FROM ledger_movements WHERE order_id = $1
     UNION ALL
     SELECT received_at, 'notice', type, id, NULL, NULL,
            json_build_object('provider', source, 'eventId', event_id, 'status', status, 'effect', effect, 'settledAt', settled_at)
     FROM inbox_messages WHERE subject_id = $1
     UNION ALL
     SELECT coalesce(a.at, d.created_at), 'delivery', d.event_type, d.id, h.request_id, h.id,
            json_build_object('endpointId', d.endpoint_id, 'status', d.status, 'attempt', a.number, 'answer', a.status, 'error', a.error,
                              'nextAttemptAt', d.next_attempt_at)
     FROM happened h JOIN webhook_deliveries d ON d.event_id = h.id
     LEFT JOIN LATERAL (SELECT number, at, status, error FROM webhook_attempts WHERE delivery_id = d.id ORDER BY number LIMIT 12) a ON true)
   SELECT e.* FROM (SELECT at, kind, type, id, request_id, caused_by, detail FROM entries ORDER BY at, kind, id LIMIT $2) e
   RIGHT JOIN orders o ON true WHERE o.id = $1 ORDER BY at, e.kind = 'delivery', e.id`,
);

interface Row {
  at: Date | null;
  kind: TimelineEntry['kind'];
  type: string;
  id: string;
  request_id: string | null;
  caused_by: string | null;
  detail: JsonObject;
}

@Injectable()
export class SqlTimelines extends Timelines {
  constructor(private readonly database: Database) {
    super();
  }

  override async ofOrder(orderId: string, limit: number): Promise<TimelineEntry[] | null> {
    const rows = await this.database.read<Row>(ofOrder, [orderId, limit + 1]);
    if (rows.length === 0) return null;
    return rows
      .filter((row) => row.at !== null)
      .map((row) => ({
        at: row.at!,
        kind: row.kind,
        type: row.type,
        id: row.id,
        requestId: row.request_id,
        causedBy: row.caused_by,
        detail: row.detail,
      }));
  }
}
