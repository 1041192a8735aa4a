import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DomainError } from '#kernel/errors.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { Order } from '../domain/order.js';
import { PlaceOrders, type OrderDraft } from './place-orders.js';

/** Places one order in a transaction that is open already. Requests over HTTP are placed in batches (api/order-queue.ts). */
export class PlaceOrder extends Command<Order> {
  constructor(
    readonly tx: Tx,
    readonly draft: OrderDraft,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** A batch of one. Locks and guards: see PlaceOrders. */
@CommandHandler(PlaceOrder)
export class PlaceOrderHandler implements ICommandHandler<PlaceOrder> {
  constructor(private readonly placing: PlaceOrders) {}

  async execute({ tx, draft, cause }: PlaceOrder): Promise<Order> {
    const placements = [this.placing.placementOf(draft, cause)];
    const { outcomes, write } = this.placing.decide(tx, placements, await this.placing.lock(tx, placements));
    const outcome = outcomes[0]!;
    if (outcome instanceof DomainError) throw outcome;
    await write();
    return outcome;
  }
}
