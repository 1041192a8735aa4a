import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { PreconditionFailed, type DomainError } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { changeEndpoint, type Endpoint, type EndpointChange } from '../domain/endpoint.js';
import { FanOutDormancy } from './fan-out-dormancy.js';
import { newSigningKey } from './create-endpoint.js';
import { Endpoints } from './endpoints.js';

export class ChangeEndpoint extends Command<Endpoint> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly change: Omit<EndpointChange, 'signingKey'> & { readonly isAsymmetric?: boolean },
    /** Why nothing may be sent to the new URL; asked before the transaction, because it may ask the DNS. */
    readonly refusedUrl: DomainError | null,
    /** The version the caller has seen, or null to change whatever is there. */
    readonly accepts: ((version: number) => boolean) | null,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Changes what was sent and nothing else. What waits for a paused endpoint flows as soon as it is enabled. */
@CommandHandler(ChangeEndpoint)
export class ChangeEndpointHandler implements ICommandHandler<ChangeEndpoint> {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly dormancy: FanOutDormancy,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, change: asked, refusedUrl, accepts, cause }: ChangeEndpoint): Promise<Endpoint> {
    if (asked.status !== undefined) await this.endpoints.lockAll(tx);
    const before = await this.endpoints.lockOne(tx, id);
    if (refusedUrl) throw refusedUrl;
    if (accepts && !accepts(before.version)) throw new PreconditionFailed(before.version);
    const { isAsymmetric, ...others } = asked;
    const signingKey = isAsymmetric ? (before.signingKey ?? newSigningKey()) : null;
    const change = { ...others, ...(isAsymmetric !== undefined && { signingKey }) };
    const changed = changeEndpoint(before, change, this.clock.now());
    if (!changed) return before;
    await this.endpoints.save(tx, changed.endpoint);
    if (change.status !== undefined) await this.dormancy.note(tx);
    await this.events.append(tx, [changed.event], cause);
    return changed.endpoint;
  }
}
