import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RecipientQueues } from '#ports/consumers.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { event } from '../domain/endpoint.js';
import { FanOutDormancy } from './fan-out-dormancy.js';
import { DeliverToEndpoint } from './deliver-to-endpoint.js';
import { Endpoints } from './endpoints.js';

export class DeleteEndpoint extends Command<void> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Rows of its queue that are cleared away at once. */
const CLEARED_AT_ONCE = 5_000;

/** Nothing is sent to it any more; what is left of it is cleared away by the housekeeping, however much there is. */
@CommandHandler(DeleteEndpoint)
export class DeleteEndpointHandler implements ICommandHandler<DeleteEndpoint> {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly dormancy: FanOutDormancy,
    private readonly queues: RecipientQueues,
    private readonly events: EventLog,
  ) {}

  async execute({ tx, id, cause }: DeleteEndpoint): Promise<void> {
    await this.endpoints.lockAll(tx);
    const endpoint = await this.endpoints.lockOne(tx, id);
    await this.endpoints.delete(tx, id);
    await this.dormancy.note(tx);
    const others = (await this.endpoints.allIn(tx)).map((other) => other.id);
    await this.queues.removeExcept(tx, DeliverToEndpoint.id, others, CLEARED_AT_ONCE);
    await this.events.append(tx, [event('webhook_endpoint.deleted', endpoint, {})], cause);
  }
}
