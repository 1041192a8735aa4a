import { Injectable } from '@nestjs/common';
import { ExternalCallConsumer } from '#ports/consumers.js';
import type { Tx } from '#ports/tx.js';
import type { RecordedPaymentEvent } from '../../events.js';
import { PaymentMethodVault } from './payment-method-vault.js';
import { PaymentMethods } from './payment-methods.js';

type Detached = RecordedPaymentEvent<'payment_method.detached' | 'payment_method.detach_requested'>;
type Forgotten = RecordedPaymentEvent<'provider_customer.forgotten'>;

/** Has the provider let go of a payment method that is not to be paid with any more. */
@Injectable()
export class DetachAtProvider extends ExternalCallConsumer<null, Detached> {
  static readonly id = 'payments.detach-at-provider';

  constructor(
    private readonly vault: PaymentMethodVault,
    private readonly methods: PaymentMethods,
  ) {
    super();
  }

  override async call({ id, requestId, data }: Detached): Promise<null> {
    const { provider, providerReference, setupReference } = data;
    const call = { idempotencyKey: id, requestId };
    const saved = providerReference ?? (await this.savedBy(setupReference, call));
    // It may have been saved again under another id of ours, which goes on.
    if (saved !== null && !(await this.methods.isActive(provider, saved))) await this.vault.detach(saved, call);
    return null;
  }

  /** A browser could still save a card by a setup that is open, or has just done so. */
  private async savedBy(
    setupReference: string | null,
    call: { readonly idempotencyKey: string; readonly requestId: string | null },
  ): Promise<string | null> {
    if (setupReference === null) return null;
    const cancel = { ...call, idempotencyKey: `${call.idempotencyKey}:cancel` };
    const now = await this.vault.cancelSetup(setupReference, cancel);
    return now?.status === 'active' ? (now.method?.reference ?? null) : null;
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
