import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { PersonalData, type Person, type PersonalDataHolder } from '#ports/personal-data.js';
import { BATCH, pagesOfIds } from '#platform/database/batches.js';
import { Database } from '#platform/database/database.js';
import { count, plainArray, statement } from '#platform/database/statement.js';

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
      await this.database.run((tx) => count(tx, forgetAbout, [plainArray(ids)]));
    const mentions = await this.personalData.mentions(person);
    for await (const ids of pagesOfIds((after) => this.database.read(unrelatedAfter, [after])))
      await this.database.run((tx) => count(tx, forgetMentions, [plainArray(ids), mentions]));
  }
}
