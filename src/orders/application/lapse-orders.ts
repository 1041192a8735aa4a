import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, noCause } from '#kernel/events.js';
import { Transactions } from '#kernel/tx.js';
import { Inventory } from '#products/contract.js';
import { cancel, lapsingPaymentStatuses } from '../domain/order.js';
import { Orders } from './orders.js';

/** Cancels orders whose time to pay is over, at most this many. Answers how many it looked at. */
export class LapseOrders {
  constructor(readonly limit: number) {}
}

/** Each order in a transaction of its own, judged anew under its lock: a payment may have begun since it was found. */
@CommandHandler(LapseOrders)
export class LapseOrdersHandler implements ICommandHandler<LapseOrders, number> {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: Orders,
    private readonly inventory: Inventory,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ limit }: LapseOrders): Promise<number> {
    const ids = await this.orders.lapsed(limit);
    for (const id of ids) await this.lapse(id);
    return ids.length;
  }

  private lapse(id: string): Promise<void> {
    return this.transactions.run(async (tx) => {
      const order = await this.orders.lock(tx, id, null);
      if (order?.status !== 'pending' || !lapsingPaymentStatuses.includes(order.paymentStatus)) return;
      const change = cancel(order, 'expired', this.clock.now());
      await this.orders.save(tx, order, change.order);
      await this.inventory.restore(tx, order.items);
      await this.events.append(tx, change.events, noCause);
    });
  }
}
