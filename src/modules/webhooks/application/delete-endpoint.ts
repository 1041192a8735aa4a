import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RecipientQueues } from '#ports/consumers.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Transactions } from '#ports/tx.js';
import { event } from '../domain/endpoint.js';
import { FanOutDormancy } from './fan-out-dormancy.js';
import { DeliverToEndpoint } from './deliver-to-endpoint.js';
import { Endpoints } from './endpoints.js';
import { KnownEndpoints } from './known-endpoints.js';

export class DeleteEndpoint {
  constructor(
    readonly id: string,
    readonly cause: Cause,
  ) {}
}

/** Rows of its queue that are cleared away at once. */
const CLEARED_AT_ONCE = 5_000;

/** Nothing is sent to it any more; what is left of it is cleared away by the housekeeping, however much there is. */
@CommandHandler(DeleteEndpoint)
export class DeleteEndpointHandler implements ICommandHandler<DeleteEndpoint, void> {
  constructor(
    private readonly transactions: Transactions,
    private readonly endpoints: Endpoints,
    private readonly audience: FanOutDormancy,
    private readonly known: KnownEndpoints,
    private readonly queues: RecipientQueues,
    private readonly events: EventLog,
  ) {}

  async execute({ id, cause }: DeleteEndpoint): Promise<void> {
    await this.transactions.run(async (tx) => {
      await this.endpoints.lockAll(tx);
      const endpoint = await this.endpoints.lockOne(tx, id);
      await this.endpoints.delete(tx, id);
      await this.audience.note(tx);
      const others = (await this.endpoints.allIn(tx)).map((other) => other.id);
      await this.queues.removeExcept(tx, DeliverToEndpoint.id, others, CLEARED_AT_ONCE);
      await this.events.append(tx, [event('webhook_endpoint.deleted', endpoint, {})], cause);
    });
    await this.known.refreshSoon();
  }
}
