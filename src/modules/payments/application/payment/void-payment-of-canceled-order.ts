import { Injectable } from '@nestjs/common';
import { PayableOrders } from '#modules/orders/contract.js';
import { Clock } from '#kernel/clock.js';
import { TransactionalConsumer } from '#ports/consumers.js';
import { causeOf, EventLog, type Cause, type RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { moneyOf } from '../../domain/order-payments.js';
import { release } from '../../domain/payment-transitions.js';
import { changedAt, type Payment } from '../../domain/payment.js';
import { Payments } from '../payments.js';
import { RefundBook } from '../refund-book.js';

/** A canceled order wants no money: what is open is given up, what is authorized is voided, what was captured goes back. */
@Injectable()
export class VoidPaymentOfCanceledOrder extends TransactionalConsumer {
  static readonly id = 'payments.void-of-canceled-order';
  static readonly aliases = ['VoidPaymentOfCanceledOrder'];

  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly events: EventLog,
    private readonly refunds: RefundBook,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    const cause = causeOf(event);
    const order = (await this.orders.lock(tx, event.subject.id))!;
    let ofOrder = await this.payments.lockOfOrder(tx, event.subject.id);
    for (const payment of ofOrder) {
      if (payment.status === 'succeeded') {
        const after = await this.giveBack(tx, payment, cause);
        ofOrder = ofOrder.map((other) => (other.id === after.id ? after : other));
        await this.orders.notePayment(tx, order, null, moneyOf(ofOrder, after), cause);
        continue;
      }
      const { payment: released, events } = release(payment, this.clock.now());
      if (released !== payment) await this.payments.save(tx, payment, released);
      await this.events.append(tx, events, cause);
      if (released.status === 'canceled' && payment.status !== 'canceled')
        await this.orders.notePayment(tx, order, 'canceled', null, cause);
    }
  }

  private async giveBack(tx: Tx, payment: Payment, cause: Cause): Promise<Payment> {
    const superseded = changedAt({ ...payment, superseded: true }, this.clock.now());
    await this.payments.save(tx, payment, superseded);
    return this.refunds.giveBack(tx, superseded, 'order canceled', cause);
  }
}
