import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Ledger, Wallets } from '#modules/balances/contract.js';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { complete, holdsBalance, type Order } from '../domain/order.js';
import { holdOf } from '../domain/batch-funds.js';
import { Orders } from './orders.js';

export class CompleteOrder extends Command<Order> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly cause: Cause,
  ) {
    super();
  }
}

/**
 * Completes an order whose money is here or promised. What a card has only authorized is captured by the reaction to the
 * event; what is held of a balance in this very transaction. Locks: order, then balance.
 */
@CommandHandler(CompleteOrder)
export class CompleteOrderHandler implements ICommandHandler<CompleteOrder> {
  constructor(
    private readonly orders: Orders,
    private readonly wallets: Wallets,
    private readonly ledger: Ledger,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, cause }: CompleteOrder): Promise<Order> {
    const order = await this.orders.lock(tx, id, null);
    if (!order) throw new NotFound('order', id);
    if (order.status === 'completed') return order;
    const isCapturedAtOnce = !holdsBalance(order) || (await this.wallets.capture(tx, holdOf(order), cause));
    const change = complete(order, this.clock.now(), isCapturedAtOnce);
    await this.orders.save(tx, order, change.order);
    await this.bookMoneyTakenOutside(tx, order);
    await this.events.append(tx, change.events, cause);
    return change.order;
  }

  private async bookMoneyTakenOutside(tx: Tx, order: Order): Promise<void> {
    // Completing a manual order says that this has happened, unless a processor has said so before.
    if (order.paymentMethod !== 'manual' || order.paymentStatus === 'paid' || order.total === 0) return;
    const { id, currency, total: amount } = order;
    await this.ledger.book(tx, {
      kind: 'payment',
      reference: `order:${id}:manual`,
      orderId: id,
      paymentId: null,
      currency,
      amount,
    });
  }
}
