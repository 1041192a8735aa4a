import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { UrlPolicy } from '#ports/url-policy.js';
import { PreconditionFailed } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Transactions } from '#ports/tx.js';
import { changeEndpoint, type Endpoint, type EndpointChange } from '../domain/endpoint.js';
import { FanOutDormancy } from './fan-out-dormancy.js';
import { Endpoints } from './endpoints.js';
import { KnownEndpoints } from './known-endpoints.js';

export class ChangeEndpoint {
  constructor(
    readonly id: string,
    readonly change: EndpointChange,
    /** The version the caller has seen, or null to change whatever is there. */
    readonly accepts: ((version: number) => boolean) | null,
    readonly cause: Cause,
  ) {}
}

/** Changes what was sent and nothing else. What waits for a paused endpoint flows as soon as it is enabled. */
@CommandHandler(ChangeEndpoint)
export class ChangeEndpointHandler implements ICommandHandler<ChangeEndpoint, Endpoint> {
  constructor(
    private readonly transactions: Transactions,
    private readonly endpoints: Endpoints,
    private readonly audience: FanOutDormancy,
    private readonly known: KnownEndpoints,
    private readonly destinations: UrlPolicy,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ id, change, accepts, cause }: ChangeEndpoint): Promise<Endpoint> {
    const refused = change.url === undefined ? null : await this.destinations.refusal(change.url);
    const endpoint = await this.transactions.run(async (tx) => {
      if (change.status !== undefined) await this.endpoints.lockAll(tx);
      const before = await this.endpoints.lockOne(tx, id);
      if (refused) throw refused;
      if (accepts && !accepts(before.version)) throw new PreconditionFailed(before.version);
      const changed = changeEndpoint(before, change, this.clock.now());
      if (!changed) return before;
      await this.endpoints.save(tx, changed.endpoint);
      if (change.status !== undefined) await this.audience.note(tx);
      await this.events.append(tx, [changed.event], cause);
      return changed.endpoint;
    });
    await this.known.refreshSoon();
    return endpoint;
  }
}
