import { Injectable } from '@nestjs/common';
import { newId } from '#kernel/ids.js';
import type { Json } from '#kernel/json.js';
import { PersonalData, type PersonalDataHolder } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '../database/database.js';
import { run, statement } from '../database/statement.js';

const events = statement(
  'personal-data.events',
  `SELECT type, occurred_at AS "occurredAt", data FROM events WHERE subject_id = $1::uuid ORDER BY sequence LIMIT 1000`,
);

const allowRedaction = statement(
  'personal-data.allow-redaction',
  `SELECT set_config('quittance.redacting', 'on', true)`,
);

// The log stays complete and in order; only the person leaves it: their id becomes the pseudonym, their addresses go.
const redactEvents = statement(
  'personal-data.redact-events',
  `UPDATE events SET data = (replace(data::text, $1::text, $2::text)::jsonb - 'address')::json,
                     subject_id = CASE WHEN subject_id = $1::text::uuid THEN $3::uuid ELSE subject_id END
   WHERE strpos(data::text, $1::text) > 0 OR subject_id = $1::text::uuid`,
);

const forbidRedaction = statement(
  'personal-data.forbid-redaction',
  `SELECT set_config('quittance.redacting', 'off', true)`,
);

/** The event log: logins and their addresses, and the customer's id wherever an event names it. */
@Injectable()
export class LoggedEvents implements PersonalDataHolder {
  readonly name = 'events';

  constructor(
    private readonly database: Database,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async export(customerId: string): Promise<Json> {
    return JSON.parse(JSON.stringify(await this.database.read<Record<string, Json>>(events, [customerId]))) as Json;
  }

  async erase(tx: Tx, customerId: string, pseudonym: string): Promise<void> {
    await run(tx, allowRedaction, []);
    await run(tx, redactEvents, [customerId, pseudonym, newId()]);
    await run(tx, forbidRedaction, []);
  }
}
