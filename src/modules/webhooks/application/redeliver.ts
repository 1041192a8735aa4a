import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import type { Tx } from '#ports/tx.js';
import type { Delivery } from '../domain/delivery.js';
import { Deliveries } from './deliveries.js';
import { DeliverToEndpoint } from './deliver-to-endpoint.js';
import { Dispatch } from './dispatch.js';

export class Redeliver extends Command<Delivery> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
  ) {
    super();
  }
}

/** Sends one message again, whatever became of it before: the same bytes under the same id. */
@CommandHandler(Redeliver)
export class RedeliverHandler implements ICommandHandler<Redeliver> {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly delivery: DeliverToEndpoint,
    private readonly dispatch: Dispatch,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id }: Redeliver): Promise<Delivery> {
    const delivery = await this.deliveries.read(tx, id);
    if (!delivery) throw new NotFound('delivery', id);
    const { endpointId, eventId, eventType } = delivery;
    // In the order in which attempts are recorded: outbox row, delivery, endpoint.
    await this.dispatch.queue(tx, [{ event: { id: eventId, type: eventType }, endpointId }]);
    await this.delivery.reopen(tx, eventId, endpointId);
    return { ...delivery, status: 'pending' as const, settledAt: null, nextAttemptAt: this.clock.now() };
  }
}
