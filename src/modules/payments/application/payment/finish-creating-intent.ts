import { Injectable } from '@nestjs/common';
import type { Payment } from '../../domain/payment.js';
import type { RecordedPaymentEvent } from '../../events.js';
import { CallProvider, type ProviderAnswer } from './call-provider.js';

type Requested = RecordedPaymentEvent<'payment.created'>;

/** Finishes an intent whose creation was cut short between our row and the provider's answer. */
@Injectable()
export class FinishCreatingIntent extends CallProvider<Requested> {
  static readonly id = 'payments.finish-creating-intent';
  static readonly aliases = ['FinishCreatingIntent'];

  protected override async ask(payment: Payment, event: Requested): Promise<ProviderAnswer> {
    if (payment.providerReference !== null || payment.status === 'canceled') return null;
    return this.create(payment, event);
  }
}
