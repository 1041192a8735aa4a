import type { Sealing } from '#ports/sealing.js';
import type { Shipment } from '../application/deliveries.js';
import type { Delivery, DeliveryState } from '../domain/delivery.js';
import type { EndpointState, PreviousSecret } from '../domain/endpoint.js';
import { openHeaders, openSecrets } from './endpoint-secrets.js';

export interface DeliveryRow {
  id: string;
  endpoint_id: string;
  event_id: string;
  event_type: string;
  status: DeliveryState;
  attempts: number;
  next_attempt_at: Date | null;
  created_at: Date;
  settled_at: Date | null;
  tried:
    | {
        number: number;
        at: string;
        status: number | null;
        duration_ms: number;
        error: string | null;
        answer: string | null;
      }[]
    | null;
}

export interface ShipmentRow {
  id: string;
  event_id: string;
  endpoint_id: string;
  url: string;
  secret: string;
  previous_secrets: PreviousSecret[];
  signing_key: string | null;
  headers: string | null;
  status: EndpointState;
  is_failing: boolean;
  body: Buffer | null;
}

/** What strangers answer may hold what PostgreSQL's text cannot. */
export function storable(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\0', '').toWellFormed();
}

export function shipment(row: ShipmentRow, sealing: Sealing): Shipment {
  return {
    deliveryId: row.id,
    url: row.url,
    headers: openHeaders(sealing, row.endpoint_id, row.headers),
    ...openSecrets(sealing, row.endpoint_id, {
      secret: row.secret,
      signingKey: row.signing_key,
      previousSecrets: row.previous_secrets,
    }),
    endpointStatus: row.status,
    isEndpointFailing: row.is_failing,
    body: row.body,
  };
}

export function delivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    endpointId: row.endpoint_id,
    eventId: row.event_id,
    eventType: row.event_type,
    status: row.status,
    attemptCount: row.attempts,
    attempts: (row.tried ?? []).map(({ number, at, status, duration_ms, error, answer }) => ({
      number,
      at: new Date(at),
      status,
      durationMs: duration_ms,
      error,
      answer,
    })),
    nextAttemptAt: row.next_attempt_at,
    createdAt: row.created_at,
    settledAt: row.settled_at,
  };
}
