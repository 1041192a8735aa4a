import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#kernel/errors.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { Order } from '../domain/order.js';
import { OrderCancellation } from './order-cancellation.js';
import { Orders } from './orders.js';

export class CancelOrder extends Command<Order> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly reason: string | null,
    /** Only an order of this customer, or null for anyone's. */
    readonly customerId: string | null,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Cancels a pending order. Locks: order, then products; the state in the WHERE keeps the units from coming back twice. */
@CommandHandler(CancelOrder)
export class CancelOrderHandler implements ICommandHandler<CancelOrder> {
  constructor(
    private readonly orders: Orders,
    private readonly cancellation: OrderCancellation,
  ) {}

  async execute({ tx, id, reason, customerId, cause }: CancelOrder): Promise<Order> {
    const order = await this.orders.lock(tx, id, customerId);
    if (!order) throw new NotFound('order', id);
    if (order.status === 'canceled') return order;
    return this.cancellation.apply(tx, order, reason, cause);
  }
}
