import type { EventCatalog, RecordedEvent } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';

export const eventColumns = `e.id, e.type, e.subject_type, e.subject_id, e.sequence, e.data, e.occurred_at, e.request_id, e.caused_by, e.actor`;

export interface EventRow {
  id: string;
  type: string;
  subject_type: string;
  subject_id: string;
  sequence: number;
  data: JsonObject;
  occurred_at: Date;
  request_id: string | null;
  caused_by: string | null;
  actor: string | null;
}

/** A row of the log, under today's name of its type. */
export function recordedEvent(row: EventRow, catalog: EventCatalog): RecordedEvent {
  return {
    id: row.id,
    type: catalog.nameOf(row.type),
    subject: { type: row.subject_type, id: row.subject_id },
    sequence: row.sequence,
    data: row.data,
    occurredAt: row.occurred_at,
    requestId: row.request_id,
    causedBy: row.caused_by,
    actor: row.actor,
  };
}
