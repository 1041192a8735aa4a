import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import type { Delivery } from '../domain/delivery.js';
import { Deliveries } from './deliveries.js';
import { DeliverToEndpoint } from './deliver-to-endpoint.js';
import { Dispatch } from './dispatch.js';

export class Redeliver {
  constructor(
    readonly id: string,
    readonly receipt: Receipt<Delivery>,
  ) {}
}

/** Sends one message again, whatever became of it before: the same bytes under the same id. */
@CommandHandler(Redeliver)
export class RedeliverHandler implements ICommandHandler<Redeliver, Answer> {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly courier: DeliverToEndpoint,
    private readonly dispatch: Dispatch,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  async execute({ id, receipt }: Redeliver): Promise<Answer> {
    const delivery = await this.deliveries.find(id);
    if (!delivery) throw new NotFound('delivery', id);
    const { endpointId, eventId, eventType } = delivery;
    return this.receipts.once(receipt, async (tx) => {
      // In the order of whoever records attempts: outbox row, delivery, endpoint.
      await this.dispatch.queue(tx, [{ event: { id: eventId, type: eventType }, endpointId }]);
      await this.courier.reopen(tx, eventId, endpointId);
      return { ...delivery, status: 'pending' as const, settledAt: null, nextAttemptAt: this.clock.now() };
    });
  }
}
