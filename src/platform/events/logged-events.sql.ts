import { Injectable } from '@nestjs/common';
import { BEFORE_EVERY_ID, isId } from '#kernel/ids.js';
import type { Json, JsonObject } from '#kernel/json.js';
import { EventCatalog } from '#ports/events.js';
import { PersonalData, type Person, type PersonalDataHolder } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { BATCH, inBatches } from '../database/batches.js';
import { Database } from '../database/database.js';
import { redacting } from '../database/redacting.js';
import { uuids } from '../database/array-parameters.js';
import { count, run, statement } from '../database/statement.js';
import { redacted, schemaOf } from './redaction.js';

const exported = statement(
  'personal-data.events',
  `SELECT id, type, occurred_at AS "occurredAt", data, sequence FROM events
   WHERE subject_id = $1::uuid AND sequence > $2 ORDER BY sequence LIMIT ${BATCH}`,
);

// Each from an index; none locks anything, for events never change otherwise.
const ofSubjects = statement(
  'personal-data.events-of-subjects',
  `SELECT id, type, data, subject_id, sequence FROM events
   WHERE subject_id = ANY($1::uuid[]) AND (subject_id, sequence) > ($2::uuid, $3::int) ORDER BY subject_id, sequence LIMIT ${BATCH}`,
);
const ofUser = statement(
  'personal-data.events-by-user',
  `SELECT id, type, data, subject_id, sequence FROM events WHERE actor LIKE 'user:%' AND actor = $1 LIMIT ${BATCH}`,
);
const ofActs = statement(
  'personal-data.acts-about-user',
  `SELECT id, type, data, subject_id, sequence FROM events WHERE subject_type = 'act' AND data ->> 'userId' = $1 LIMIT ${BATCH}`,
);
const redact = statement(
  'personal-data.redact-events',
  `UPDATE events e SET data = r.data, actor = CASE WHEN e.actor = $3 THEN $4 ELSE e.actor END
   FROM unnest($1::uuid[], $2::json[]) AS r (id, data) WHERE e.id = r.id`,
);
// The id of the account is the subject of its events: the id that the pseudonym holds takes its place.
const renameSubject = statement(
  'personal-data.rename-subject',
  `UPDATE events SET subject_id = $2::uuid WHERE id IN (SELECT id FROM events WHERE subject_id = $1::uuid ORDER BY sequence LIMIT ${BATCH})`,
);

interface Row {
  id: string;
  type: string;
  data: JsonObject;
  subject_id: string;
  sequence: number;
}

/** The event log stays complete and in order; only the person leaves it. */
@Injectable()
export class LoggedEvents implements PersonalDataHolder {
  readonly name = 'events';

  constructor(
    private readonly database: Database,
    private readonly catalog: EventCatalog,
    private readonly personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async *export(customerId: string): AsyncGenerator<Json> {
    if (!isId(customerId)) return;
    for (let after = 0; ;) {
      const rows = await this.database.read<{ sequence: number }>(exported, [customerId, after]);
      for (const { sequence: _, ...event } of rows) yield JSON.parse(JSON.stringify(event)) as Json;
      if (rows.length < BATCH) return;
      after = rows.at(-1)!.sequence;
    }
  }

  async erase(person: Person): Promise<void> {
    for await (const ids of this.personalData.subjects(person)) await this.redactSubjects(person, ids);
    await inBatches(this.database, (tx) => this.redact(tx, person, ofUser, [`user:${person.customerId}`]));
    if (!isId(person.customerId)) return;
    await inBatches(this.database, (tx) => this.redact(tx, person, ofActs, [person.customerId]));
    const successor = person.pseudonym.slice(person.pseudonym.indexOf('-') + 1);
    await inBatches(this.database, (tx) =>
      redacting(tx, () => count(tx, renameSubject, [person.customerId, successor])),
    );
  }

  private async redactSubjects(person: Person, ids: readonly string[]): Promise<void> {
    let last = { subject_id: BEFORE_EVERY_ID, sequence: 0 };
    await inBatches(this.database, async (tx) => {
      const rows = await run<Row>(tx, ofSubjects, [uuids(ids), last.subject_id, last.sequence]);
      await this.write(tx, person, rows);
      last = rows.at(-1) ?? last;
      return rows.length;
    });
  }

  private async redact(tx: Tx, person: Person, how: typeof ofUser, values: unknown[]): Promise<number> {
    const rows = await run<Row>(tx, how, values);
    await this.write(tx, person, rows);
    return rows.length;
  }

  private async write(tx: Tx, { customerId, pseudonym }: Person, rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const data = rows.map(({ type, data }) =>
      JSON.stringify(redacted(data, schemaOf(type, this.catalog), customerId, pseudonym)),
    );
    const ids = uuids(rows.map(({ id }) => id));
    await redacting(tx, () => run(tx, redact, [ids, data, `user:${customerId}`, pseudonym]));
  }
}
