import { Injectable } from '@nestjs/common';
import type { Payment } from '../../domain/payment.js';
import type { RecordedPaymentEvent } from '../../events.js';
import { CallProvider, type ProviderAnswer } from './call-provider.js';

type Requested = RecordedPaymentEvent<'payment.void_requested'>;

/** Voids at the provider what we have given up. Where it is too late for that, the answer leads to a refund. */
@Injectable()
export class VoidPaymentAtProvider extends CallProvider<Requested> {
  static readonly id = 'payments.void-at-provider';
  static readonly aliases = ['VoidPaymentAtProvider'];

  protected override async ask(payment: Payment, event: Requested): Promise<ProviderAnswer> {
    return payment.providerReference === null
      ? null
      : this.provider.cancel(payment.providerReference, { idempotencyKey: event.id, requestId: event.requestId });
  }
}
