import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { PersonalData, type PersonalDataHolder } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { PaymentReferences } from '../contract.js';
import { Payments } from '../application/payments.js';

/** Payments hold amounts and the provider's ids, but nothing of a person beyond their order; they are exported and stay. */
@Injectable()
export class PaymentData extends PaymentReferences implements PersonalDataHolder {
  readonly name = 'payments';

  constructor(
    private readonly payments: Payments,
    personalData: PersonalData,
  ) {
    super();
    personalData.register(this);
  }

  async export(customerId: string): Promise<Json> {
    const found = await this.payments.list({ customerId }, null, 1000);
    return found.map(({ clientSecret: _, ...payment }) => JSON.parse(JSON.stringify(payment)) as Json);
  }

  override ofCustomer(tx: Tx, customerId: string): Promise<string[]> {
    return this.payments.referencesOf(tx, customerId);
  }

  async erase(_tx: Tx): Promise<void> {}
}
