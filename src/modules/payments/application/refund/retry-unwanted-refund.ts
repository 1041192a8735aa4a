import { Injectable } from '@nestjs/common';
import { RetryIn, TransactionalConsumer } from '#ports/consumers.js';
import { causeOf } from '#ports/events.js';
import { PayableOrders } from '#modules/orders/contract.js';
import type { Tx } from '#ports/tx.js';
import { isFullyRefunded, moneyOf } from '../../domain/order-payments.js';
import type { RecordedPaymentEvent } from '../../events.js';
import { LockedPayments } from '../locked-payments.js';
import { RefundBook } from '../refund-book.js';
import { Refunds } from '../refunds.js';

type RefundFailed = RecordedPaymentEvent<'payment.refund_failed'>;

const MAX_TRIES = 5;

/**
 * Money that is not wanted here must go back, also when the provider has refused to take it back once (its account may
 * have been empty that day). Tried again a few times, a good while apart; then it becomes a dead letter, for a person.
 */
@Injectable()
export class RetryUnwantedRefund extends TransactionalConsumer<RefundFailed> {
  static readonly id = 'payments.retry-unwanted-refund';
  static readonly aliases = ['RefundUnwantedMoneyAgain'];

  constructor(
    private readonly locked: LockedPayments,
    private readonly refunds: Refunds,
    private readonly book: RefundBook,
    private readonly orders: PayableOrders,
  ) {
    super();
  }

  override async react(tx: Tx, event: RefundFailed): Promise<void> {
    const { payment, order, ofOrder } = await this.locked.at(tx, { id: event.subject.id, orderId: event.data.orderId });
    const isUnwanted = payment.superseded || order?.status === 'canceled';
    if (!isUnwanted || isFullyRefunded(payment)) return;
    const failed = await this.refunds.countFailed(tx, payment.id);
    if (failed >= MAX_TRIES) {
      const left = payment.amountCaptured - payment.amountRefunded;
      throw new RetryIn(
        `${left} ${payment.currency} of payment ${payment.id} could not be refunded after ${failed} attempts; refund it manually.`,
        null,
      );
    }
    const after = await this.book.giveBack(tx, payment, 'tried again', causeOf(event));
    if (order) await this.orders.notePayment(tx, order, null, moneyOf(ofOrder, after), causeOf(event));
  }
}
