import { Injectable } from '@nestjs/common';
import { PayableOrders } from '#modules/orders/contract.js';
import { Clock } from '#kernel/clock.js';
import { TransactionalConsumer } from '#ports/consumers.js';
import { causeOf, EventLog, type RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { isLive } from '../../domain/order-payments.js';
import { capture } from '../../domain/payment-transitions.js';
import { LockedPayments } from '../locked-payments.js';
import { Payments } from '../payments.js';
import { BalancePayments } from './balance-payments.js';

/** Completing an order takes the money that was only authorized. */
@Injectable()
export class CapturePaymentOfCompletedOrder extends TransactionalConsumer {
  static readonly id = 'payments.capture-of-completed-order';
  static readonly aliases = ['CapturePaymentOfCompletedOrder'];

  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly balances: BalancePayments,
    private readonly locked: LockedPayments,
  ) {
    super();
  }

  override sharesTransaction(): boolean {
    return true;
  }

  override async lockAhead(tx: Tx, events: readonly RecordedEvent[]): Promise<void> {
    await this.locked.ofOrdersAhead(
      tx,
      events.map(({ subject }) => subject.id),
    );
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    const order = (await this.orders.lock(tx, event.subject.id))!;
    if (order.paymentMethod === 'balance') {
      // Where another keeps the money, it is not here yet.
      if (order.paymentStatus === 'paid') await this.balances.record(tx, order, causeOf(event));
      return;
    }
    const payment = (await this.payments.lockOfOrder(tx, event.subject.id)).find(isLive);
    if (payment?.status !== 'requires_capture' || payment.captureRequested !== null) return;
    const { payment: capturing, events } = capture(payment, undefined, this.clock.now());
    await this.payments.save(tx, payment, capturing);
    await this.events.append(tx, events, causeOf(event));
  }
}
