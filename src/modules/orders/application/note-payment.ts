import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { PayableOrders, type OrderMoney, type OrderPaymentStatus, type PayableOrder } from '../contract.js';
import { notePayment, type Order } from '../domain/order.js';
import { OrderPolicy, Orders } from './orders.js';

/** The orders' side of a payment: the row is locked by lock(), which hands out the whole order under a narrower type. */
@Injectable()
export class NotePayment extends PayableOrders {
  /** What has become of orders since they were locked, by the order as lock() has handed it out. */
  private readonly noted = new WeakMap<PayableOrder, Order>();

  constructor(
    private readonly orders: Orders,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly policy: OrderPolicy,
  ) {
    super();
  }

  override lock(tx: Tx, orderId: string, customerId: string | null = null): Promise<PayableOrder | null> {
    return this.orders.lock(tx, orderId, customerId);
  }

  override lockAhead(tx: Tx, orderIds: readonly string[], lockTimeoutMs?: number): Promise<readonly PayableOrder[]> {
    return this.orders.lockAhead(tx, orderIds, lockTimeoutMs);
  }

  override lockByNumber(tx: Tx, orderNumber: string): Promise<PayableOrder | null> {
    return this.orders.lockByNumber(tx, orderNumber);
  }

  override async isPending(orderId: string): Promise<boolean> {
    return (await this.orders.status(orderId)) === 'pending';
  }

  override async notePayment(
    tx: Tx,
    locked: PayableOrder,
    paymentStatus: OrderPaymentStatus | null,
    money: OrderMoney | null,
    cause: Cause,
  ): Promise<void> {
    const order = this.noted.get(locked) ?? (locked as Order);
    const change = notePayment(order, paymentStatus, money, this.policy.autoComplete, this.clock.now());
    if (!change) return;
    await this.orders.save(tx, order, change.order);
    this.noted.set(locked, change.order);
    await this.events.append(tx, change.events, cause);
  }
}
