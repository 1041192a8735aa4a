import { Injectable } from '@nestjs/common';
import { afterProviderAnswer } from '../failpoints.js';
import { ExternalCallConsumer, RetryIn } from '#ports/consumers.js';
import { causeOf } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { RecordedPaymentEvent } from '../../events.js';
import { PaymentProvider, type ProviderRefund } from '../payment-provider.js';
import { Payments } from '../payments.js';
import { Refunds } from '../refunds.js';
import { SettleRefund } from './settle-refund.js';

type Requested = RecordedPaymentEvent<'payment.refund_requested'>;

/** Asks the provider for a refund, and books what it answers. */
@Injectable()
export class RefundPaymentAtProvider extends ExternalCallConsumer<ProviderRefund | null, Requested> {
  static readonly id = 'payments.refund-at-provider';
  static readonly aliases = ['RefundPaymentAtProvider'];

  constructor(
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly provider: PaymentProvider,
    private readonly settle: SettleRefund,
  ) {
    super();
  }

  override async call(event: Requested, attempt: number): Promise<ProviderRefund | null> {
    const { refundId, refundAmount } = event.data;
    const payment = await this.payments.find(event.subject.id, null);
    const refund = await this.refunds.find(refundId);
    if (!payment?.providerReference || refund?.status !== 'pending') return null;
    if (payment.provider !== this.provider.name) {
      throw new RetryIn(
        `${refundAmount} ${payment.currency} of payment ${payment.id} must be refunded manually at the other processor.`,
        null,
      );
    }
    // Providers forget idempotency keys after a while; what an earlier attempt has done is there to be seen.
    const done =
      attempt > 1
        ? (await this.provider.refundsOf(payment.providerReference, event.requestId)).find(
            (listed) => listed.refundId === refundId,
          )
        : null;
    const call = { idempotencyKey: refundId, requestId: event.requestId };
    const answer =
      done ?? (await this.provider.refund(payment.providerReference, refundAmount, refundId, payment.currency, call));
    afterProviderAnswer();
    return answer;
  }

  override async record(tx: Tx, event: Requested, answer: ProviderRefund | null): Promise<void> {
    const { refundId } = event.data;
    if (answer) await this.settle.settle(tx, refundId, null, answer, causeOf(event));
  }
}
