import { Injectable } from '@nestjs/common';
import { NotFound } from '#kernel/errors.js';
import { together, type Tx } from '#ports/tx.js';
import { PayableOrders, type PayableOrder } from '#modules/orders/contract.js';
import type { Payment } from '../domain/payment.js';
import { Payments, type PaymentLocation } from './payments.js';

/** A payment with its order and every payment of that order, all locked. */
export interface LockedPayment {
  readonly payment: Payment;
  /** Null for a payment without an order. */
  readonly order: PayableOrder | null;
  /** Every payment of the order, this one included, ids ascending; only this one without an order. */
  readonly ofOrder: readonly Payment[];
}

/** The one way to lock a payment. Locks: order, then the order's payments, ids ascending. */
@Injectable()
export class LockedPayments {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
  ) {}

  /** Locks the payments of a batch with their orders: first the orders, then their payments, ids ascending. */
  async lockAhead(
    tx: Tx,
    locations: readonly PaymentLocation[],
    lockTimeoutMs?: number,
  ): Promise<readonly PayableOrder[]> {
    const orderIds = new Set(locations.flatMap(({ orderId }) => (orderId === null ? [] : [orderId])));
    const withoutOrder = new Set(locations.flatMap(({ id, orderId }) => (orderId === null ? [id] : [])));
    return this.ofOrdersAhead(tx, [...orderIds], lockTimeoutMs, [...withoutOrder]);
  }

  /** As lockAhead, for every payment of these orders, and for others that have none. Issues its statements before it first waits. */
  async ofOrdersAhead(
    tx: Tx,
    orderIds: readonly string[],
    lockTimeoutMs?: number,
    withoutOrder: readonly string[] = [],
  ): Promise<readonly PayableOrder[]> {
    const [orders] = await together(
      () => this.orders.lockAhead(tx, orderIds, lockTimeoutMs),
      () => this.payments.lockAhead(tx, orderIds, withoutOrder),
    );
    return orders;
  }

  /** Locks a payment whose order is known. */
  async at(tx: Tx, { id, orderId }: PaymentLocation): Promise<LockedPayment> {
    if (orderId === null) {
      const payment = (await this.payments.lock(tx, id))!;
      return { payment, order: null, ofOrder: [payment] };
    }
    const order = (await this.orders.lock(tx, orderId))!;
    const ofOrder = await this.payments.lockOfOrder(tx, orderId);
    return { payment: ofOrder.find((payment) => payment.id === id)!, order, ofOrder };
  }

  /**
   * Locks a payment by our id or the provider's.
   * @param customerId only a payment of this customer's order, or null for anyone's
   * @param what how the problem names it
   * @throws NotFound
   */
  async named(
    tx: Tx,
    idOrReference: string,
    customerId: string | null,
    what: 'payment' | 'payment intent',
  ): Promise<LockedPayment> {
    const found = await this.payments.locate(tx, idOrReference, customerId);
    if (!found) throw new NotFound(what, idOrReference);
    return this.at(tx, found);
  }
}
