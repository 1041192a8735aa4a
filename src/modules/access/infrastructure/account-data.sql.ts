import { Injectable } from '@nestjs/common';
import { isId } from '#kernel/ids.js';
import type { Json } from '#kernel/json.js';
import { PersonalData, type Person, type PersonalDataHolder } from '#ports/personal-data.js';
import { Database } from '#platform/database/database.js';
import { run, statement } from '#platform/database/statement.js';

const account = statement(
  'personal-data.account',
  `SELECT u.email, u.first_name AS "firstName", u.last_name AS "lastName", u.role, u.email_verified AS "emailVerified", u.last_login_at AS "lastLoginAt",
          u.created_at AS "createdAt",
          (SELECT coalesce(json_agg(json_build_object('startedAt', s.created_at, 'endedAt', s.revoked_at) ORDER BY s.created_at), '[]') FROM sessions s WHERE s.user_id = u.id) AS sessions
   FROM users u WHERE u.id = $1`,
);

// The keys that a user made stay valid when they leave.
const forgetMaker = statement(
  'personal-data.forget-key-maker',
  `UPDATE api_keys SET created_by = $2 WHERE created_by = 'user:' || $1::text`,
);

/** The account itself. Its row is deleted by the command that erases it. */
@Injectable()
export class AccountData implements PersonalDataHolder {
  readonly name = 'account';

  constructor(
    private readonly database: Database,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async export(customerId: string): Promise<Json> {
    const [row] = await this.database.read<Record<string, Json>>(account, [customerId]);
    return row ? (JSON.parse(JSON.stringify(row)) as Json) : null;
  }

  async knows(customerId: string): Promise<boolean> {
    return isId(customerId) && (await this.export(customerId)) !== null;
  }

  erase({ customerId, pseudonym }: Person): Promise<void> {
    return this.database.run(async (tx) => void (await run(tx, forgetMaker, [customerId, pseudonym])));
  }

  /** The account is the subject of its own events. */
  async *subjects({ customerId }: Person): AsyncGenerator<readonly string[]> {
    if (isId(customerId)) yield [customerId];
  }
}
