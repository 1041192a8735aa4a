import { Injectable } from '@nestjs/common';
import { Wallets } from '#modules/balances/contract.js';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { Inventory } from '#modules/inventory/contract.js';
import { cancel, claimsBalance, type Order } from '../domain/order.js';
import { holdOf } from '../domain/batch-funds.js';
import { Orders } from './orders.js';

/**
 * What canceling an order undoes, whatever cancels it: its units go back to stock and what it holds of a balance is let go.
 * The order is locked; locks: balance, then products. Guards: the state in the WHERE, ledger_movements_reference_unique.
 */
@Injectable()
export class OrderCancellation {
  constructor(
    private readonly orders: Orders,
    private readonly wallets: Wallets,
    private readonly inventory: Inventory,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /** @throws InvalidTransition */
  async apply(tx: Tx, order: Order, reason: string | null, cause: Cause): Promise<Order> {
    const change = cancel(order, reason, this.clock.now());
    await this.orders.save(tx, order, change.order);
    if (claimsBalance(order)) await this.wallets.release(tx, holdOf(order), cause);
    await this.inventory.restore(tx, order.items);
    await this.events.append(tx, change.events, cause);
    return change.order;
  }
}
