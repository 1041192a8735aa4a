import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#kernel/events.js';
import { Receipts, type Answer, type Receipt } from '#kernel/receipts.js';
import { Inventory } from '#products/contract.js';
import { cancel, type Order } from '../domain/order.js';
import { Orders } from './orders.js';

export class CancelOrder {
  constructor(
    readonly id: string,
    readonly reason: string | null,
    /** Only an order of this customer, or null for anybody's. */
    readonly customerId: string | null,
    readonly receipt: Receipt<Order>,
    readonly cause: Cause,
  ) {}
}

/** Cancels a pending order. Locks: order, then products; the state in the WHERE keeps the units from coming back twice. */
@CommandHandler(CancelOrder)
export class CancelOrderHandler implements ICommandHandler<CancelOrder, Answer> {
  constructor(
    private readonly orders: Orders,
    private readonly inventory: Inventory,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  execute({ id, reason, customerId, receipt, cause }: CancelOrder): Promise<Answer> {
    return this.receipts.once(receipt, async (tx) => {
      const order = await this.orders.lock(tx, id, customerId);
      if (!order) throw new NotFound('order', id);
      if (order.status === 'canceled') return order;
      const change = cancel(order, reason, this.clock.now());
      await this.orders.save(tx, order, change.order);
      await this.inventory.restore(tx, order.items);
      await this.events.append(tx, change.events, cause);
      return change.order;
    });
  }
}
