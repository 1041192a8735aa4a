import { Injectable } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { TransactionalConsumer } from '#ports/consumers.js';
import { causeOf, EventLog, type Cause, type EventOf } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { event as endpointEvent, mustBeEnabled, type Endpoint } from '../domain/endpoint.js';
import type { WebhookEvents } from '../events.js';
import { Deliveries, type Missed } from './deliveries.js';
import { Dispatch } from './dispatch.js';
import { Endpoints } from './endpoints.js';
import { typesOf } from './event-types.js';
import { WebhookClient } from './webhook-client.js';

/** Events that are queued in one transaction; the rest follows in the next. */
const CHUNK = 1_000;
/** Of more than this the answer only says that there are so many. */
const MAX_COUNTED = 1_000_000;

export class RecoverEndpoint extends Command<{ count: number }> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly since: Date,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Everything since a moment that an endpoint wants and has not had is sent: what failed, and what it never was given. */
@CommandHandler(RecoverEndpoint)
export class RecoverEndpointHandler implements ICommandHandler<RecoverEndpoint> {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly deliveries: Deliveries,
    private readonly events: EventLog,
    private readonly client: WebhookClient,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, since, cause }: RecoverEndpoint): Promise<{ count: number }> {
    const known = (await this.endpoints.allIn(tx)).find((endpoint) => endpoint.id === id);
    if (!known) throw new NotFound('webhook endpoint', id);
    mustBeEnabled(known);
    const until = this.clock.now();
    // What is older has been forgotten with its deliveries: whether it arrived is not known any more.
    const from = new Date(Math.max(since.getTime(), until.getTime() - this.client.retentionMs));
    // Counting may take a while, so nothing is locked yet.
    const count = await this.deliveries.countMissed(tx, missedBy(known, from, until, null), MAX_COUNTED);
    const endpoint = await this.endpoints.lockOne(tx, id);
    const window = { since: from.toISOString(), until: until.toISOString(), count };
    await this.events.append(tx, [endpointEvent('webhook_endpoint.recovery_requested', endpoint, window)], cause);
    return { count };
  }
}

type Recovery = EventOf<WebhookEvents, 'webhook_endpoint.recovery_requested' | 'webhook_endpoint.recovery_continued'>;

/** Queues what was missed, a bounded number at a time, the oldest first. */
@Injectable()
export class QueueMissedEvents extends TransactionalConsumer<Recovery> {
  static readonly id = 'webhooks.queue-missed-events';
  static readonly aliases = ['QueueMissedEvents'];

  constructor(
    private readonly endpoints: Endpoints,
    private readonly deliveries: Deliveries,
    private readonly dispatch: Dispatch,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async react(tx: Tx, event: Recovery): Promise<void> {
    const known = (await this.endpoints.allIn(tx)).find(({ id }) => id === event.subject.id);
    if (!known || known.status === 'disabled') return;
    const { since, until, afterEventId = null } = event.data;
    const missed = await this.deliveries.missed(
      tx,
      missedBy(known, new Date(since), new Date(until), afterEventId),
      CHUNK,
    );
    const deliveries = missed.map((one) => ({ event: one, endpointId: known.id }));
    // In the order in which attempts are recorded: outbox rows, deliveries, and the endpoint last.
    await this.dispatch.queue(tx, deliveries);
    await this.dispatch.dispatch(tx, missed, deliveries);
    await this.deliveries.reopen(
      tx,
      known.id,
      missed.map(({ id }) => id),
      this.clock.now(),
    );
    const [endpoint] = await this.endpoints.lock(tx, [known.id]);
    if (missed.length < CHUNK || !endpoint) return;
    const rest = { since, until, afterEventId: missed[missed.length - 1]!.id };
    await this.events.append(
      tx,
      [endpointEvent('webhook_endpoint.recovery_continued', endpoint, rest)],
      causeOf(event),
    );
  }
}

function missedBy(endpoint: Endpoint, since: Date, until: Date, afterEventId: string | null): Missed {
  return { endpointId: endpoint.id, types: typesOf(endpoint.events), since, until, afterEventId };
}
