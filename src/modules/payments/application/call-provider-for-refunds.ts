import { Injectable } from '@nestjs/common';
import { RetryIn, ExternalCallConsumer } from '#ports/consumers.js';
import { causeOf, type RecordedEvent } from '#ports/events.js';
import { failpoint } from '#kernel/failpoints.js';
import type { Tx } from '#ports/tx.js';
import { PaymentProvider, type ListedRefund, type ProviderRefund } from './payment-provider.js';
import { Payments } from './payments.js';
import { Refunds } from './refunds.js';
import { SettleRefund } from './settle-refund.js';

/** The provider speaks of refunds without naming them: they are looked up, and each is settled like any other. */
@Injectable()
export class LookUpRefunds extends ExternalCallConsumer<readonly ListedRefund[]> {
  static readonly id = 'payments.look-up-refunds';
  static readonly aliases = ['LookUpRefunds'];

  constructor(
    private readonly payments: Payments,
    private readonly provider: PaymentProvider,
    private readonly settle: SettleRefund,
  ) {
    super();
  }

  override async call(event: RecordedEvent): Promise<readonly ListedRefund[]> {
    const payment = await this.payments.find(event.subject.id, null);
    return payment?.providerReference ? this.provider.refundsOf(payment.providerReference, event.requestId) : [];
  }

  override async record(tx: Tx, event: RecordedEvent, answer: readonly ListedRefund[]): Promise<void> {
    for (const refund of answer) await this.settle.settleListed(tx, this.provider.name, refund, causeOf(event));
  }
}

@Injectable()
export class RefundPaymentAtProvider extends ExternalCallConsumer<ProviderRefund | null> {
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

  override async call(event: RecordedEvent, attempt: number): Promise<ProviderRefund | null> {
    const { refundId, refundAmount } = event.data as { refundId: string; refundAmount: number };
    const payment = await this.payments.find(event.subject.id, null);
    const refund = await this.refunds.find(refundId);
    if (!payment?.providerReference || refund?.status !== 'pending') return null;
    if (payment.provider !== this.provider.name) {
      throw new RetryIn(`${refundAmount} ${payment.currency} of payment ${payment.id} must be given back at the other processor, by a person.`, null);
    }
    // Providers forget idempotency keys after a while; what an earlier attempt has done is there to be seen.
    const done =
      attempt > 1 ? (await this.provider.refundsOf(payment.providerReference, event.requestId)).find((listed) => listed.refundId === refundId) : null;
    const call = { idempotencyKey: refundId, requestId: event.requestId };
    const answer = done ?? (await this.provider.refund(payment.providerReference, refundAmount, refundId, payment.currency, call));
    failpoint('provider.after-answer');
    return answer;
  }

  override async record(tx: Tx, event: RecordedEvent, answer: ProviderRefund | null): Promise<void> {
    const { refundId } = event.data as { refundId: string };
    if (answer) await this.settle.settle(tx, refundId, null, answer, causeOf(event));
  }
}
