import { Injectable } from '@nestjs/common';
import { EventCatalog, EventHistory, type EventFilter, type RecordedEvent } from '#ports/events.js';
import { BEFORE_EVERY_ID } from '#kernel/ids.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { BATCH } from '../database/batches.js';
import { Conditions } from '../database/conditions.js';
import { Database } from '../database/database.js';
import { redacting } from '../database/redacting.js';
import { uuids } from '../database/array-parameters.js';
import { run, statement } from '../database/statement.js';
import { eventColumns, recordedEvent, type EventRow } from './event-rows.js';
import { schemaOf, withoutFreeTexts } from './redaction.js';

const idsOf = statement(
  'event-history.ids-of',
  `SELECT id, subject_id, sequence FROM events WHERE subject_id = ANY($1::uuid[]) AND (subject_id, sequence) > ($2::uuid, $3::int)
   ORDER BY subject_id, sequence LIMIT ${BATCH}`,
);
// From the index events_with_address, whose predicate this repeats. Locks some events, which nothing else does.
const withTexts = statement(
  'event-history.with-texts',
  `SELECT id, type, data FROM events
   WHERE subject_type IN ('user', 'act', 'api_key') AND data ->> 'address' <> '' AND occurred_at < $2 AND type = ANY($1::text[]) ORDER BY occurred_at LIMIT $3 FOR UPDATE SKIP LOCKED`,
);
const write = statement(
  'event-history.forget-texts',
  `UPDATE events e SET data = r.data FROM unnest($1::uuid[], $2::json[]) AS r (id, data) WHERE e.id = r.id`,
);

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

  override async *idsOf(subjectIds: readonly string[]): AsyncGenerator<readonly string[]> {
    let last = { subject_id: BEFORE_EVERY_ID, sequence: 0 };
    for (;;) {
      const values = [uuids(subjectIds), last.subject_id, last.sequence];
      const rows = await this.database.read<{ id: string; subject_id: string; sequence: number }>(idsOf, values);
      if (rows.length > 0) yield rows.map(({ id }) => id);
      if (rows.length < BATCH) return;
      last = rows.at(-1)!;
    }
  }

  override async forgetTexts(tx: Tx, types: readonly string[], before: Date, limit: number): Promise<number> {
    const stored = types.flatMap((type) => this.catalog.storedNamesOf(type));
    const rows = await run<{ id: string; type: string; data: JsonObject }>(tx, withTexts, [stored, before, limit]);
    if (rows.length === 0) return 0;
    const data = rows.map(({ type, data }) => JSON.stringify(withoutFreeTexts(data, schemaOf(type, this.catalog))));
    await redacting(tx, () => run(tx, write, [uuids(rows.map(({ id }) => id)), data]));
    return rows.length;
  }
}
