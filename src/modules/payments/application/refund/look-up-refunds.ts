import { Injectable } from '@nestjs/common';
import { ExternalCallConsumer } from '#ports/consumers.js';
import { causeOf } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { RecordedPaymentEvent } from '../../events.js';
import { PaymentProvider, type ListedRefund } from '../payment-provider.js';
import { Payments } from '../payments.js';
import { SettleRefund } from './settle-refund.js';

type RefundsUnknown = RecordedPaymentEvent<'payment.refunds_unknown'>;

/** The provider speaks of refunds without naming them: they are looked up, and each is settled like any other. */
@Injectable()
export class LookUpRefunds extends ExternalCallConsumer<readonly ListedRefund[], RefundsUnknown> {
  static readonly id = 'payments.look-up-refunds';
  static readonly aliases = ['LookUpRefunds'];

  constructor(
    private readonly payments: Payments,
    private readonly provider: PaymentProvider,
    private readonly settle: SettleRefund,
  ) {
    super();
  }

  override async call(event: RefundsUnknown): Promise<readonly ListedRefund[]> {
    const payment = await this.payments.find(event.subject.id, null);
    return payment?.providerReference ? this.provider.refundsOf(payment.providerReference, event.requestId) : [];
  }

  override async record(tx: Tx, event: RefundsUnknown, answer: readonly ListedRefund[]): Promise<void> {
    for (const refund of answer) await this.settle.settleListed(tx, this.provider.name, refund, causeOf(event));
  }
}
