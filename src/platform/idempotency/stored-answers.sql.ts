import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { PersonalData, type PersonalDataHolder } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '../database/database.js';
import { run, statement } from '../database/statement.js';

const answers = statement('personal-data.answers', `SELECT count(*) AS n FROM idempotency_records WHERE caller = $1`);

// Forgets what was answered, to the person or about them, but not that the key was used: it stays unique for ever.
// Reads the whole table: it is asked for rarely, and an index for it would cost every order.
const forgetAnswers = statement(
  'personal-data.forget-answers',
  `WITH own AS (SELECT 'user:' || $1::text AS caller UNION ALL SELECT 'register:' || email FROM users WHERE id = $1::text::uuid)
   UPDATE idempotency_records SET body = '', headers = '{}', caller = CASE WHEN caller IN (SELECT caller FROM own) THEN $2::text ELSE caller END
   WHERE caller IN (SELECT caller FROM own) OR strpos(body, $1::text) > 0`,
);

/** The remembered answers of idempotent requests. */
@Injectable()
export class StoredAnswers implements PersonalDataHolder {
  readonly name = 'storedAnswers';

  constructor(
    private readonly database: Database,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async export(customerId: string): Promise<Json> {
    const [row] = await this.database.read<{ n: number }>(answers, [`user:${customerId}`]);
    return { count: row!.n };
  }

  async erase(tx: Tx, customerId: string, pseudonym: string): Promise<void> {
    await run(tx, forgetAnswers, [customerId, pseudonym]);
  }
}
