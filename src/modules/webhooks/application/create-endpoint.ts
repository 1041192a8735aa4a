import { randomBytes } from 'node:crypto';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { UrlPolicy } from '#ports/url-policy.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { MAX_ENDPOINTS, newEndpoint, type Endpoint } from '../domain/endpoint.js';
import { TooManyEndpoints } from '../domain/errors.js';
import { FanOutDormancy } from './fan-out-dormancy.js';
import { Endpoints } from './endpoints.js';
import { KnownEndpoints } from './known-endpoints.js';

export class CreateEndpoint {
  constructor(
    readonly draft: Pick<Endpoint, 'url' | 'description' | 'events'>,
    readonly receipt: Receipt<Endpoint>,
    readonly cause: Cause,
    readonly id: string = newId(),
    /** Whether anything may be sent there is asked, unless it is known that nothing will. */
    readonly asksDestination = true,
  ) {}
}

/** A key of 32 random bytes, as Standard Webhooks spells it. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

@CommandHandler(CreateEndpoint)
export class CreateEndpointHandler implements ICommandHandler<CreateEndpoint, Answer> {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly audience: FanOutDormancy,
    private readonly known: KnownEndpoints,
    private readonly destinations: UrlPolicy,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  async execute({ draft, receipt, cause, id, asksDestination }: CreateEndpoint): Promise<Answer> {
    // Asks the DNS, so before the transaction.
    const refused = asksDestination ? await this.destinations.refusal(draft.url) : null;
    const answer = await this.receipts.once(receipt, async (tx) => {
      if (refused) throw refused;
      await this.endpoints.lockAll(tx);
      if ((await this.endpoints.allIn(tx)).length >= MAX_ENDPOINTS) throw new TooManyEndpoints(MAX_ENDPOINTS);
      const { endpoint, event } = newEndpoint({ ...draft, id, secret: newSecret() }, this.clock.now());
      await this.endpoints.insert(tx, endpoint);
      await this.audience.note(tx);
      await this.events.appendFirst(tx, [{ ...event, cause }]);
      return endpoint;
    });
    await this.known.refreshSoon();
    return answer;
  }
}
