import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { PersonalData, type Person, type PersonalDataHolder } from '#ports/personal-data.js';
import { BATCH, pagesOfIds } from '#platform/database/batches.js';
import { Database } from '#platform/database/database.js';
import { uuids } from '#platform/database/array-parameters.js';
import { count, run, statement } from '#platform/database/statement.js';

// What a source sends may hold billing details. A message that is still to be applied keeps its body until then.
const forgetAbout = statement(
  'personal-data.forget-messages',
  `UPDATE inbox_messages SET raw_body = '', headers = '{}' WHERE subject_id = ANY($1::uuid[]) AND settled_at IS NOT NULL AND raw_body <> ''`,
);
// Messages that were about nothing of ours, or said nothing new.
const unrelatedAfter = statement(
  'personal-data.unrelated-messages-after',
  `SELECT id FROM inbox_messages WHERE subject_id IS NULL AND id > $1 ORDER BY id LIMIT ${BATCH}`,
);
const forgetMentions = statement(
  'personal-data.forget-mentions',
  `UPDATE inbox_messages SET raw_body = '', headers = '{}'
   WHERE id = ANY($1::uuid[]) AND settled_at IS NOT NULL
     AND EXISTS (SELECT FROM unnest($2::text[]) AS m (mention) WHERE position(convert_to(m.mention, 'UTF8') IN raw_body) > 0)`,
);
// What has not been applied yet keeps what it says of money, and loses what it says of people. Locks some messages, ids ascending.
const waiting = statement(
  'personal-data.waiting-messages',
  `SELECT id, raw_body FROM inbox_messages
   WHERE id = ANY($1::uuid[]) AND settled_at IS NULL
     AND EXISTS (SELECT FROM unnest($2::text[]) AS m (mention) WHERE position(convert_to(m.mention, 'UTF8') IN raw_body) > 0)
   ORDER BY id FOR NO KEY UPDATE`,
);
const rewrite = statement('personal-data.rewrite-message', `UPDATE inbox_messages SET raw_body = $2 WHERE id = $1`);

/** Members in which payment providers say who has paid. */
const personalMembers: ReadonlySet<string> = new Set([
  'billing_details',
  'shipping',
  'shipping_details',
  'customer_details',
  'customer_email',
  'receipt_email',
  'payer',
  'payer_email',
  'buyer',
  'email',
  'name',
  'phone',
  'address',
]);

/** What other systems have told about a person. That it was told, and when, stays. */
@Injectable()
export class InboxData implements PersonalDataHolder {
  readonly name = 'inbox';

  constructor(
    private readonly database: Database,
    private readonly personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  /** It says what orders and payments say, which are exported. */
  async export(): Promise<Json> {
    return [];
  }

  async erase(person: Person): Promise<void> {
    for await (const ids of this.personalData.subjects(person))
      await this.database.run((tx) => count(tx, forgetAbout, [uuids(ids)]));
    const mentions = await this.personalData.mentions(person);
    for await (const ids of pagesOfIds((after) => this.database.read(unrelatedAfter, [after])))
      await this.database.run(async (tx) => {
        await run(tx, forgetMentions, [uuids(ids), mentions]);
        const messages = await run<{ id: string; raw_body: Buffer }>(tx, waiting, [uuids(ids), mentions]);
        for (const { id, raw_body: body } of messages) await run(tx, rewrite, [id, withoutPeople(body)]);
      });
  }
}

/** A message without the people that it names. It was verified when it arrived; its bytes are not compared again. */
function withoutPeople(body: Buffer): Buffer {
  try {
    const kept = JSON.stringify(JSON.parse(body.toString('utf8')), (name, value: unknown) =>
      personalMembers.has(name) ? null : value,
    );
    return Buffer.from(kept);
  } catch {
    return body; // not JSON: it will not be applied either
  }
}
