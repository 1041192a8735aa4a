import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Busy, Unavailable } from '#kernel/errors.js';
import { systemCause } from '#ports/events.js';
import { Transactions } from '#ports/tx.js';
import { holdsBalance, expiringPaymentStatuses } from '../domain/order.js';
import { OrderCancellation } from './order-cancellation.js';
import { Orders } from './orders.js';

/** Cancels orders whose time to pay is over, at most this many. Answers how many it has canceled. */
export class ExpireOrders extends Command<number> {
  constructor(readonly limit: number) {
    super();
  }
}

/** Each order in a transaction of its own, judged anew under its lock: a payment may have begun since it was found. */
@CommandHandler(ExpireOrders)
export class ExpireOrdersHandler implements ICommandHandler<ExpireOrders> {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: Orders,
    private readonly cancellation: OrderCancellation,
  ) {}

  async execute({ limit }: ExpireOrders): Promise<number> {
    let expired = 0;
    let fault: Error | null = null;
    for (const id of await this.orders.expired(limit)) {
      try {
        if (await this.expire(id)) expired++;
      } catch (error) {
        // One order that is locked, or that cannot be canceled, must not keep the others; it is found again at the next run.
        if (error instanceof Unavailable) throw error;
        if (!(error instanceof Busy)) fault = error as Error;
      }
    }
    if (fault !== null && expired === 0) throw fault;
    return expired;
  }

  private expire(id: string): Promise<boolean> {
    return this.transactions.run(async (tx) => {
      const order = await this.orders.lock(tx, id, null);
      if (
        order?.status !== 'pending' ||
        !(expiringPaymentStatuses.includes(order.paymentStatus) || holdsBalance(order))
      )
        return false;
      await this.cancellation.apply(tx, order, 'expired', systemCause('expiry'));
      return true;
    });
  }
}
