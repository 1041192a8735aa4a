import { Injectable } from '@nestjs/common';
import { Inbox } from '#modules/inbox/contract.js';
import type { Json } from '#kernel/json.js';
import { PersonalData, type PersonalDataHolder } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { Payments } from '../../application/payments.js';

/**
 * Payments hold amounts and the provider's ids, but nothing of a person beyond their order; they are exported and stay.
 * What providers have told about them is erased from the inbox.
 */
@Injectable()
export class PaymentData implements PersonalDataHolder {
  readonly name = 'payments';

  constructor(
    private readonly payments: Payments,
    private readonly inbox: Inbox,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async export(customerId: string): Promise<Json> {
    const found = await this.payments.list({ customerId }, null, 1000);
    return found.map(({ clientSecret: _, ...payment }) => JSON.parse(JSON.stringify(payment)) as Json);
  }

  async erase(tx: Tx, customerId: string): Promise<void> {
    await this.inbox.forgetMentions(tx, await this.payments.referencesOf(tx, customerId));
  }
}
