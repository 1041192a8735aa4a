import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { PersonalData, type PersonalDataHolder } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { run, statement } from '#platform/database/statement.js';
import { PaymentReferences } from '#modules/payments/contract.js';

// A source's raw notice may hold billing details. Of settled notices about these payments only the verdict is kept.
const forget = statement(
  'personal-data.forget-notices',
  `UPDATE inbox_messages SET raw_body = '', headers = '{}'
   WHERE settled_at IS NOT NULL AND EXISTS (SELECT FROM unnest($1::text[]) AS r (reference) WHERE position(convert_to(r.reference, 'UTF8') IN raw_body) > 0)`,
);

/** The raw bodies of providers' notices. */
@Injectable()
export class InboxData implements PersonalDataHolder {
  readonly name = 'notices';

  constructor(
    private readonly payments: PaymentReferences,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  /** What providers sent us is about payments, which export themselves. */
  async export(): Promise<Json> {
    return [];
  }

  async erase(tx: Tx, customerId: string): Promise<void> {
    const references = await this.payments.ofCustomer(tx, customerId);
    if (references.length > 0) await run(tx, forget, [references]);
  }
}
