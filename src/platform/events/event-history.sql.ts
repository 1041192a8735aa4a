import { Injectable } from '@nestjs/common';
import { EventCatalog, EventHistory, type EventFilter, type RecordedEvent } from '#ports/events.js';
import { Conditions } from '../database/conditions.js';
import { Database } from '../database/database.js';
import { eventColumns, recordedEvent, type EventRow } from './event-rows.js';

@Injectable()
export class SqlEventHistory extends EventHistory {
  constructor(
    private readonly database: Database,
    private readonly catalog: EventCatalog,
  ) {
    super();
  }

  override async list(
    { type, subjectId, hiddenSubjects }: EventFilter,
    afterId: string | null,
    limit: number,
  ): Promise<RecordedEvent[]> {
    const asked = new Conditions([limit + 1]);
    asked.where('e.type = ANY(?::text[])', type === undefined ? null : this.catalog.storedNamesOf(type));
    asked.where('e.subject_id = ?', subjectId);
    asked.where('e.subject_type <> ALL(?::text[])', hiddenSubjects.length > 0 ? hiddenSubjects : null);
    asked.where('e.id < ?', afterId);
    const text = `SELECT ${eventColumns} FROM events e ${asked.sql} ORDER BY e.id DESC LIMIT $1`;
    return (await this.database.readOnce<EventRow>(text, asked.values)).map((row) => recordedEvent(row, this.catalog));
  }
}
