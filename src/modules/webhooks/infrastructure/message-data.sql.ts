import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { PersonalData, type PersonalDataHolder } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { run, statement } from '#platform/database/statement.js';

// What has been sent cannot be called back; what is kept, and what is sent again, names the pseudonym.
const redact = statement(
  'personal-data.redact-messages',
  `UPDATE webhook_messages SET body = convert_to(replace(convert_from(body, 'UTF8'), $1, $2), 'UTF8') WHERE position(convert_to($1, 'UTF8') IN body) > 0`,
);

// Receivers that answer with what they were sent, for one.
const redactAnswers = statement(
  'personal-data.redact-webhook-answers',
  `UPDATE webhook_attempts SET answer = replace(answer, $1, $2), error = replace(error, $1, $2) WHERE strpos(answer, $1) > 0 OR strpos(error, $1) > 0`,
);

/** The messages that are kept for merchants' endpoints. They say what the event log says, which is exported. */
@Injectable()
export class MessageData implements PersonalDataHolder {
  readonly name = 'messages';

  constructor(personalData: PersonalData) {
    personalData.register(this);
  }

  async export(): Promise<Json> {
    return [];
  }

  async erase(tx: Tx, customerId: string, pseudonym: string): Promise<void> {
    await run(tx, redact, [customerId, pseudonym]);
    await run(tx, redactAnswers, [customerId, pseudonym]);
  }
}
