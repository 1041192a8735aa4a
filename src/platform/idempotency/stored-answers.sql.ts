import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { PersonalData, type Person, type PersonalDataHolder } from '#ports/personal-data.js';
import { BATCH, inBatches } from '../database/batches.js';
import { Database } from '../database/database.js';
import { count, statement } from '../database/statement.js';

const answers = statement(
  'personal-data.answers',
  `SELECT count(*) AS n FROM idempotency_records WHERE left(caller, 4) <> 'key:' AND caller = $1`,
);

// Forgets what was answered, to the person or about them, but not that the key was used: it stays unique for ever. Keys are
// texts of the client and may name the person too. Both from partial indexes that most requests of API keys do not pay for.
const forget = `UPDATE idempotency_records SET body = '', headers = '{}', key = 'erased', caller = CASE WHEN left(caller, 4) <> 'key:' THEN $2 ELSE caller END`;
const forgetOwn = statement(
  'personal-data.forget-own-answers',
  `${forget} WHERE id IN (SELECT id FROM idempotency_records WHERE left(caller, 4) <> 'key:' AND caller = ANY($1::text[]) LIMIT ${BATCH} FOR UPDATE)`,
);
const forgetAbout = statement(
  'personal-data.forget-answers-about',
  `${forget} WHERE id IN (SELECT id FROM idempotency_records WHERE body LIKE '{"id":"%' AND substring(body FROM 8 FOR 36) = ANY($1::text[]) LIMIT ${BATCH} FOR UPDATE)`,
);

/** The remembered answers of idempotent requests. */
@Injectable()
export class StoredAnswers implements PersonalDataHolder {
  readonly name = 'storedAnswers';

  constructor(
    private readonly database: Database,
    private readonly personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async export(customerId: string): Promise<Json> {
    const [row] = await this.database.read<{ n: number }>(answers, [`user:${customerId}`]);
    return { count: row!.n };
  }

  async erase(person: Person): Promise<void> {
    const { customerId, pseudonym, email } = person;
    const callers = [`user:${customerId}`, ...(email === null ? [] : [`register:${email}`])];
    await inBatches(this.database, (tx) => count(tx, forgetOwn, [callers, pseudonym]));
    for await (const ids of this.personalData.subjects(person))
      await inBatches(this.database, (tx) => count(tx, forgetAbout, [ids, pseudonym]));
  }
}
