import { randomBytes } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { MAX_ENDPOINTS, newEndpoint, type Endpoint } from '../domain/endpoint.js';
import { TooManyEndpoints } from '../domain/errors.js';
import { FanOutDormancy } from './fan-out-dormancy.js';
import { Endpoints } from './endpoints.js';

export class CreateEndpoint extends Command<Endpoint> {
  constructor(
    readonly tx: Tx,
    readonly draft: Pick<Endpoint, 'url' | 'description' | 'events' | 'headers'> & { readonly isAsymmetric?: boolean },
    readonly cause: Cause,
    readonly id: string = newId(),
  ) {
    super();
  }
}

/** A key of 32 random bytes, as Standard Webhooks spells it. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** An ed25519 key, whose public half receivers check with. */
export function newSigningKey(): string {
  return `whsk_${randomBytes(32).toString('base64')}`;
}

/** Registers an endpoint. Whether anything may be sent to its URL is asked before the transaction, because it may ask the DNS. */
@CommandHandler(CreateEndpoint)
export class CreateEndpointHandler implements ICommandHandler<CreateEndpoint> {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly dormancy: FanOutDormancy,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, draft: { isAsymmetric = false, ...draft }, cause, id }: CreateEndpoint): Promise<Endpoint> {
    await this.endpoints.lockAll(tx);
    if ((await this.endpoints.allIn(tx)).length >= MAX_ENDPOINTS) throw new TooManyEndpoints(MAX_ENDPOINTS);
    const { endpoint, event } = newEndpoint(
      { ...draft, id, secret: newSecret(), signingKey: isAsymmetric ? newSigningKey() : null },
      this.clock.now(),
    );
    await this.endpoints.insert(tx, endpoint);
    await this.dormancy.note(tx);
    await this.events.appendFirst(tx, [{ ...event, cause }]);
    return endpoint;
  }
}
