import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { EventHistory } from '#ports/events.js';
import { PersonalData, type Person, type PersonalDataHolder } from '#ports/personal-data.js';
import { Database } from '#platform/database/database.js';
import { uuids } from '#platform/database/array-parameters.js';
import { run, statement } from '#platform/database/statement.js';

// What has been sent cannot be called back. What is still to be sent is made again from its event, which names the pseudonym.
const forgetBodies = statement(
  'personal-data.forget-webhook-bodies',
  `DELETE FROM webhook_messages WHERE event_id = ANY($1::uuid[])`,
);
// Some receivers answer with what they were sent.
const forgetAnswers = statement(
  'personal-data.forget-webhook-answers',
  `UPDATE webhook_attempts SET answer = NULL
   WHERE delivery_id = ANY(ARRAY(SELECT id FROM webhook_deliveries WHERE event_id = ANY($1::uuid[]))) AND answer IS NOT NULL`,
);

/** The messages that are kept for merchants' endpoints. They say what the event log says, which is exported. */
@Injectable()
export class MessageData implements PersonalDataHolder {
  readonly name = 'messages';

  constructor(
    private readonly database: Database,
    private readonly history: EventHistory,
    private readonly personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async export(): Promise<Json> {
    return [];
  }

  async erase(person: Person): Promise<void> {
    for await (const subjects of this.personalData.subjects(person))
      for await (const events of this.history.idsOf(subjects))
        await this.database.run(async (tx) => {
          await run(tx, forgetBodies, [uuids(events)]);
          await run(tx, forgetAnswers, [uuids(events)]);
        });
  }
}
