import { Injectable } from '@nestjs/common';
import { EventCatalog, type RecordedEvent } from '#ports/events.js';
import { lowestIdAt, newId } from '#kernel/ids.js';
import { Sealing } from '#ports/sealing.js';
import type { Tx } from '#ports/tx.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { byteas, int4s, texts, timestamps, uuids } from '#platform/database/array-parameters.js';
import { count, first, run, statement } from '#platform/database/statement.js';
import { eventColumns, recordedEvent, type EventRow } from '#platform/events/event-rows.js';
import {
  Deliveries,
  type Missed,
  type NewDelivery,
  type RecordedAttempt,
  type Shipment,
} from '../application/deliveries.js';
import type { Attempt, Delivery, DeliveryState } from '../domain/delivery.js';
import { delivery, shipment, storable, type DeliveryRow, type ShipmentRow } from './delivery-rows.js';

/** Attempts that are shown with a delivery, the newest; fewer where many deliveries are shown. */
const SHOWN_ATTEMPTS = 50;
const SHOWN_IN_LISTS = 12;

const columnsWith = (
  attempts: number,
) => `d.id, d.endpoint_id, d.event_id, d.event_type, d.status, d.attempts, d.next_attempt_at, d.created_at, d.settled_at,
  (SELECT json_agg(a ORDER BY a.number) FROM (
     SELECT number, at, status, duration_ms, error, answer FROM webhook_attempts WHERE delivery_id = d.id ORDER BY number DESC LIMIT ${attempts}) a) AS tried`;
const columns = columnsWith(SHOWN_ATTEMPTS);
const find = statement('deliveries.find', `SELECT ${columns} FROM webhook_deliveries d WHERE d.id = $1`);
const ofEvent = statement(
  'deliveries.of-event',
  `SELECT ${columns} FROM webhook_deliveries d WHERE d.event_id = $1 AND d.endpoint_id = $2`,
);

// Several at once, so that messages claimed together are read together. Reads only.
const shipments = statement(
  'deliveries.shipments',
  `SELECT d.id, d.event_id, d.endpoint_id, e.url, e.secret, e.previous_secrets, e.signing_key, e.headers, e.status, e.failing_since IS NOT NULL AS is_failing, m.body
   FROM unnest($1::uuid[], $2::uuid[]) AS wanted (event_id, endpoint_id)
   CROSS JOIN LATERAL (SELECT id, event_id, endpoint_id FROM webhook_deliveries
                       WHERE event_id = wanted.event_id AND endpoint_id = wanted.endpoint_id OFFSET 0) d
   JOIN webhook_endpoints e ON e.id = d.endpoint_id
   LEFT JOIN LATERAL (SELECT body FROM webhook_messages WHERE event_id = wanted.event_id OFFSET 0) m ON true`,
);

// A message that is there is kept from the housekeeping; locks nothing else that was there. Guards: webhook_messages_pkey, webhook_deliveries_event_endpoint_unique.
const insert = statement(
  'deliveries.insert',
  `WITH messages AS (
     INSERT INTO webhook_messages (event_id, body, created_at) SELECT event_id, body, $7 FROM unnest($1::uuid[], $2::bytea[]) AS m (event_id, body)
     ON CONFLICT ON CONSTRAINT webhook_messages_pkey DO UPDATE SET created_at = excluded.created_at)
   INSERT INTO webhook_deliveries (id, event_id, event_type, endpoint_id, status, next_attempt_at, created_at)
   SELECT id, event_id, event_type, endpoint_id, 'pending', $7, $7
   FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[]) AS d (id, event_id, event_type, endpoint_id)
   ON CONFLICT ON CONSTRAINT webhook_deliveries_event_endpoint_unique DO NOTHING
   RETURNING event_id, event_type, endpoint_id`,
);

// The outbox rows of these deliveries are held by this transaction, so no other transaction writes them.
const record = statement(
  'deliveries.record',
  `WITH tried AS (
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::int[], $6::int[], $7::text[], $8::text[])
       AS t (delivery_id, state, next_attempt_at, at, status, duration_ms, error, answer)),
   counted AS (
     UPDATE webhook_deliveries d SET status = t.state, attempts = d.attempts + 1, next_attempt_at = t.next_attempt_at,
            settled_at = CASE WHEN t.state = 'pending' THEN NULL ELSE t.at END
     FROM tried t WHERE d.id = ANY($1::uuid[]) AND d.id = t.delivery_id
     RETURNING d.id, d.attempts, t.at, t.status, t.duration_ms, t.error, t.answer)
   INSERT INTO webhook_attempts (delivery_id, number, at, status, duration_ms, error, answer) SELECT * FROM counted`,
);

const reopen = statement(
  'deliveries.reopen',
  `UPDATE webhook_deliveries SET status = 'pending', settled_at = NULL, next_attempt_at = $3 WHERE endpoint_id = $1 AND event_id = ANY($2::uuid[])`,
);

// Ids of events are made in the order of time, so a window of time is a range of the primary key.
const missing = `e.id >= $3::uuid AND e.id < $4::uuid AND ($5::uuid IS NULL OR e.id > $5) AND e.type = ANY($2::text[])
   AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.id AND d.endpoint_id = $1 AND d.status <> 'failed' OFFSET 0)`;
const countMissed = statement(
  'deliveries.count-missed',
  `SELECT count(*) AS n FROM (SELECT FROM events e WHERE ${missing} LIMIT $6) m`,
);
const missed = statement(
  'deliveries.missed',
  `SELECT ${eventColumns} FROM events e WHERE ${missing} ORDER BY e.id LIMIT $6`,
);

interface Wanted {
  readonly eventId: string;
  readonly endpointId: string;
  resolve(shipment: Shipment | null): void;
  reject(error: unknown): void;
}

@Injectable()
export class SqlDeliveries extends Deliveries {
  private wanted: Wanted[] = [];

  constructor(
    private readonly database: Database,
    private readonly catalog: EventCatalog,
    private readonly sealing: Sealing,
  ) {
    super();
  }

  override async list(
    endpointId: string,
    status: DeliveryState | undefined,
    afterId: string | null,
    limit: number,
  ): Promise<Delivery[]> {
    const asked = new Conditions([limit + 1]);
    asked.where('d.endpoint_id = ?', endpointId);
    asked.where('d.status = ?', status);
    asked.where('d.id < ?', afterId);
    const text = `SELECT ${columnsWith(SHOWN_IN_LISTS)} FROM webhook_deliveries d ${asked.sql} ORDER BY d.id DESC LIMIT $1`;
    return (await this.database.readOnce<DeliveryRow>(text, asked.values)).map(delivery);
  }

  override async find(id: string): Promise<Delivery | null> {
    return first(await this.database.read<DeliveryRow>(find, [id]), delivery);
  }

  override async read(tx: Tx, id: string): Promise<Delivery | null> {
    return first(await run<DeliveryRow>(tx, find, [id]), delivery);
  }

  override async ofEvent(eventId: string, endpointId: string): Promise<Delivery | null> {
    return first(await this.database.read<DeliveryRow>(ofEvent, [eventId, endpointId]), delivery);
  }

  /** What is asked for in one turn of the event loop is read in one statement. */
  override shipment(eventId: string, endpointId: string): Promise<Shipment | null> {
    return new Promise((resolve, reject) => {
      this.wanted.push({ eventId, endpointId, resolve, reject });
      if (this.wanted.length === 1) queueMicrotask(() => void this.readWanted());
    });
  }

  private async readWanted(): Promise<void> {
    const wanted = this.wanted.splice(0);
    try {
      const rows = await this.database.read<ShipmentRow>(shipments, [
        uuids(wanted.map((w) => w.eventId)),
        uuids(wanted.map((w) => w.endpointId)),
      ]);
      const found = new Map(rows.map((row) => [`${row.event_id}/${row.endpoint_id}`, row]));
      for (const { eventId, endpointId, resolve } of wanted) {
        const row = found.get(`${eventId}/${endpointId}`);
        resolve(row ? shipment(row, this.sealing) : null);
      }
    } catch (error) {
      for (const { reject } of wanted) reject(error);
    }
  }

  override async insert(
    tx: Tx,
    deliveries: readonly NewDelivery[],
    messages: readonly { eventId: string; body: Buffer }[],
    now: Date,
  ): Promise<NewDelivery[]> {
    const inserted = await run<{ event_id: string; event_type: string; endpoint_id: string }>(tx, insert, [
      uuids(messages.map(({ eventId }) => eventId)),
      byteas(messages.map(({ body }) => body)),
      uuids(deliveries.map(() => newId())),
      uuids(deliveries.map(({ event }) => event.id)),
      texts(deliveries.map(({ event }) => event.type)),
      uuids(deliveries.map(({ endpointId }) => endpointId)),
      now,
    ]);
    return inserted.map((row) => ({ event: { id: row.event_id, type: row.event_type }, endpointId: row.endpoint_id }));
  }

  override async record(tx: Tx, attempts: readonly RecordedAttempt[]): Promise<void> {
    const each = <T>(read: (attempt: Attempt) => T) => attempts.map(({ attempt }) => read(attempt));
    await run(tx, record, [
      uuids(attempts.map(({ deliveryId }) => deliveryId)),
      texts(attempts.map(({ state }) => state)),
      timestamps(attempts.map(({ nextAttemptAt }) => nextAttemptAt)),
      timestamps(each(({ at }) => at)),
      int4s(each(({ status }) => status)),
      int4s(each(({ durationMs }) => durationMs)),
      texts(each(({ error }) => storable(error))),
      texts(each(({ answer }) => storable(answer))),
    ]);
  }

  override async reopen(tx: Tx, endpointId: string, eventIds: readonly string[], now: Date): Promise<number> {
    return count(tx, reopen, [endpointId, eventIds, now]);
  }

  override async countMissed(tx: Tx, m: Missed, limit: number): Promise<number> {
    return (await run<{ n: number }>(tx, countMissed, [...windowOf(m), limit]))[0]!.n;
  }

  override async missed(tx: Tx, m: Missed, limit: number): Promise<RecordedEvent[]> {
    return (await run<EventRow>(tx, missed, [...windowOf(m), limit])).map((row) => recordedEvent(row, this.catalog));
  }
}

function windowOf({ endpointId, types, since, until, afterEventId }: Missed): unknown[] {
  return [endpointId, types, lowestIdAt(since), lowestIdAt(new Date(until.getTime() + 1)), afterEventId];
}
