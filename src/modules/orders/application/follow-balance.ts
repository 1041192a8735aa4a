import { Injectable } from '@nestjs/common';
import { TransactionalConsumer } from '#ports/consumers.js';
import type { BalanceEvents } from '#modules/balances/events.js';
import { causeOf, type EventOf } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { PayableOrders } from '../contract.js';
import type { Order } from '../domain/order.js';
import { OrderCancellation } from './order-cancellation.js';
import { Orders } from './orders.js';

type HoldMoved = EventOf<BalanceEvents, 'balance.block_refused' | 'balance.hold_settled'>;

/** What an external balance service has done shows on the order. Locks: order, and what canceling it needs. */
@Injectable()
export class NoteBalanceOnOrder extends TransactionalConsumer<HoldMoved> {
  static readonly id = 'orders.note-balance';
  static readonly aliases = ['NoteBalanceOnOrder'];

  constructor(
    private readonly orders: Orders,
    private readonly payable: PayableOrders,
    private readonly cancellation: OrderCancellation,
  ) {
    super();
  }

  override async react(tx: Tx, event: HoldMoved): Promise<void> {
    const { orderId, state } = event.data;
    const cause = causeOf(event);
    const order = (await this.orders.lock(tx, orderId, null)) as Order;
    if (event.type === 'balance.block_refused') {
      if (order.status === 'pending') await this.cancellation.apply(tx, order, 'payment refused', cause);
    } else if (state === 'captured') {
      const money = { amountPaid: order.total, amountRefunded: order.amountRefunded };
      await this.payable.notePayment(tx, order, 'paid', money, cause);
    } else if (order.status === 'pending') await this.payable.notePayment(tx, order, 'authorized', null, cause);
  }
}
