import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#kernel/events.js';
import { Receipts, type Answer, type Receipt } from '#kernel/receipts.js';
import { complete, type Order } from '../domain/order.js';
import { Orders } from './orders.js';

export class CompleteOrder {
  constructor(
    readonly id: string,
    readonly receipt: Receipt<Order>,
    readonly cause: Cause,
  ) {}
}

/** Completes an order whose money is here or promised. What is only authorized is captured by the reaction to the event. */
@CommandHandler(CompleteOrder)
export class CompleteOrderHandler implements ICommandHandler<CompleteOrder, Answer> {
  constructor(
    private readonly orders: Orders,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  execute({ id, receipt, cause }: CompleteOrder): Promise<Answer> {
    return this.receipts.once(receipt, async (tx) => {
      const order = await this.orders.lock(tx, id, null);
      if (!order) throw new NotFound('order', id);
      if (order.status === 'completed') return order;
      const change = complete(order, this.clock.now());
      await this.orders.save(tx, order, change.order);
      await this.events.append(tx, change.events, cause);
      return change.order;
    });
  }
}
