import { Injectable } from '@nestjs/common';
import { ExternalCallConsumer } from '#ports/consumers.js';
import type { Tx } from '#ports/tx.js';
import type { RecordedPaymentEvent } from '../../events.js';
import { PaymentMethodVault } from './payment-method-vault.js';

type Detached = RecordedPaymentEvent<'payment_method.detached'>;
type Forgotten = RecordedPaymentEvent<'provider_customer.forgotten'>;

/** Has the provider let go of a payment method that is not to be paid with any more. */
@Injectable()
export class DetachAtProvider extends ExternalCallConsumer<null, Detached> {
  static readonly id = 'payments.detach-at-provider';

  constructor(private readonly vault: PaymentMethodVault) {
    super();
  }

  override async call({ id, requestId, data }: Detached): Promise<null> {
    const { providerReference, setupReference } = data;
    const call = { idempotencyKey: id, requestId };
    if (providerReference !== null) await this.vault.detach(providerReference, call);
    // A browser could still save a card by it.
    else if (setupReference !== null) await this.vault.cancelSetup(setupReference, call);
    return null;
  }

  override record(_tx: Tx): Promise<void> {
    return Promise.resolve();
  }
}

/** Has the provider forget a customer who was erased, and with them what it keeps for them. */
@Injectable()
export class ForgetCustomerAtProvider extends ExternalCallConsumer<null, Forgotten> {
  static readonly id = 'payments.forget-customer-at-provider';

  constructor(private readonly vault: PaymentMethodVault) {
    super();
  }

  override async call({ id, requestId, data: { reference } }: Forgotten): Promise<null> {
    await this.vault.forgetCustomer(reference, { idempotencyKey: id, requestId });
    return null;
  }

  override record(_tx: Tx): Promise<void> {
    return Promise.resolve();
  }
}
