import { Injectable } from '@nestjs/common';
import { NotFound } from '#kernel/errors.js';
import { newId } from '#kernel/ids.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Transactions } from '#ports/tx.js';
import { customerForgotten, type PaymentMethod } from '../../domain/payment-method.js';
import { PaymentMethodVault } from './payment-method-vault.js';
import { PaymentMethods } from './payment-methods.js';

/** Customers as the provider has them: made when they save something for the first time, and forgotten with them. */
@Injectable()
export class ProviderCustomers {
  constructor(
    private readonly transactions: Transactions,
    private readonly methods: PaymentMethods,
    private readonly vault: PaymentMethodVault,
    private readonly events: EventLog,
  ) {}

  /**
   * Two that save at once may make two: the one that is noted first is used by both, and the other is forgotten. So is one
   * whose customer was erased meanwhile.
   * @param suffix another one than under this method's key before
   * @throws NotFound when the customer was erased meanwhile
   */
  async make({ id, provider, customerId }: PaymentMethod, suffix: string, cause: Cause): Promise<string> {
    const call = { idempotencyKey: `${id}:customer${suffix}`, requestId: cause.requestId };
    const made = await this.vault.createCustomer(call);
    const noted = await this.transactions.run(async (tx) => {
      const kept = await this.methods.noteProviderCustomer(tx, provider, customerId, made);
      if (kept !== made) await this.events.append(tx, [customerForgotten(newId(), provider, made)], cause);
      return kept;
    });
    if (noted === null) throw new NotFound('customer', customerId);
    return noted;
  }

  /** One that the provider has no longer is made anew. */
  async remake(method: PaymentMethod, gone: string, cause: Cause): Promise<string> {
    await this.transactions.run((tx) => this.methods.dropProviderCustomer(tx, method.provider, gone));
    return this.make(method, `:${gone}`, cause);
  }
}
