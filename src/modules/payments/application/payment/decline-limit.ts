import { Injectable } from '@nestjs/common';
import { RateLimited } from '#modules/access/contract.js';
import type { PayableOrder } from '#modules/orders/contract.js';
import { Counters } from '#ports/counters.js';
import type { Tx } from '#ports/tx.js';

const DAY_SECONDS = 86_400;
/** Failed attempts to pay: of one order, and of all orders of a customer in a day. */
const OF_ORDER = { most: 5, seconds: 30 * DAY_SECONDS };
const OF_CUSTOMER = { most: 20, seconds: DAY_SECONDS };

/**
 * Ends the trying out of cards: each failed attempt is counted in the transaction that notes it, with the order locked, and
 * attempts begin under the same lock. Attempts of different orders of a customer may overlap; each order has one at a time.
 */
@Injectable()
export class DeclineLimit {
  constructor(private readonly counters: Counters) {}

  /** Reads for the orders of a batch, which are locked; every check of them in this transaction is answered from here. */
  async lookAhead(tx: Tx, orders: readonly PayableOrder[]): Promise<void> {
    await this.counters.readAhead(orders.flatMap(keysOf), tx);
  }

  /** The order is locked. @throws RateLimited */
  async check(tx: Tx, order: PayableOrder | null): Promise<void> {
    if (order === null) return;
    const [ofOrder, ofCustomer] = await this.counters.read(keysOf(order), tx);
    if (ofOrder && ofOrder.count >= OF_ORDER.most)
      throw new RateLimited(
        'Too many attempts to pay for this order have failed. Place a new order.',
        ofOrder.resetSeconds,
      );
    if (ofCustomer && ofCustomer.count >= OF_CUSTOMER.most)
      throw new RateLimited('Too many attempts to pay have failed today.', ofCustomer.resetSeconds);
  }

  /** Counts a failed attempt. The order is locked, and this is the last lock that is taken. */
  async count(tx: Tx, order: PayableOrder | null): Promise<void> {
    if (order === null) return;
    const [ofOrder, ofCustomer] = keysOf(order);
    await this.counters.count(ofOrder!, OF_ORDER.seconds, tx);
    if (ofCustomer !== undefined) await this.counters.count(ofCustomer, OF_CUSTOMER.seconds, tx);
  }
}

function keysOf({ id, customerId }: PayableOrder): string[] {
  return [`declines/order/${id}`, ...(customerId === null ? [] : [`declines/customer/${customerId}`])];
}
