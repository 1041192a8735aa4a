import { Injectable } from '@nestjs/common';
import { RetryIn, TransactionalConsumer } from '#ports/consumers.js';
import { causeOf, type RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { ApplyProviderState } from './apply-provider-state.js';
import { Payments } from './payments.js';
import { Refunds } from './refunds.js';

const MAX_TRIES = 5;

/**
 * Money that nobody wants here must go back, also when the provider has refused to take it back once (its account may
 * have been empty that day). Tried again a few times, a good while apart; then it is a person's turn: a dead letter.
 */
@Injectable()
export class RetryUnwantedRefund extends TransactionalConsumer {
  static readonly id = 'payments.retry-unwanted-refund';
  static readonly aliases = ['RefundUnwantedMoneyAgain'];

  constructor(
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly orders: PayableOrders,
    private readonly providerStates: ApplyProviderState,
  ) {
    super();
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    const { orderId } = event.data as { orderId: string | null };
    const order = orderId === null ? null : await this.orders.lock(tx, orderId);
    const payment = (await this.payments.lock(tx, event.subject.id))!;
    const isUnwanted = payment.superseded || order?.status === 'canceled';
    if (!isUnwanted || payment.amountCaptured === payment.amountRefunded) return;
    const failed = await this.refunds.countFailed(tx, payment.id);
    if (failed >= MAX_TRIES) {
      const left = payment.amountCaptured - payment.amountRefunded;
      throw new RetryIn(`${left} ${payment.currency} of payment ${payment.id} could not be given back ${failed} times; a person must do it.`, null);
    }
    await this.providerStates.giveBack(tx, payment, 'tried again', causeOf(event));
  }
}
