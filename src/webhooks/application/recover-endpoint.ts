import { Injectable } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { causeOf, EventLog, Subscriber, type Cause, type RecordedEvent } from '#kernel/events.js';
import { Receipts, type Answer, type Receipt } from '#kernel/receipts.js';
import type { Tx } from '#kernel/tx.js';
import { event as endpointEvent, type Endpoint } from '../domain/endpoint.js';
import { EndpointNotEnabled } from '../domain/errors.js';
import { Deliveries, type Missed } from './deliveries.js';
import { Dispatch } from './dispatch.js';
import { Endpoints } from './endpoints.js';
import { typesOf } from './event-types.js';

/** Events that are queued in one transaction; the rest follows in the next. */
const CHUNK = 1_000;

export class RecoverEndpoint {
  constructor(
    readonly id: string,
    readonly since: Date,
    readonly receipt: Receipt<{ count: number }>,
    readonly cause: Cause,
  ) {}
}

/** Everything since a moment that an endpoint wants and has not had is sent: what failed, and what it never was given. */
@CommandHandler(RecoverEndpoint)
export class RecoverEndpointHandler implements ICommandHandler<RecoverEndpoint, Answer> {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly deliveries: Deliveries,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  async execute({ id, since, receipt, cause }: RecoverEndpoint): Promise<Answer> {
    const known = await this.endpoints.find(id);
    if (!known) throw new NotFound('webhook endpoint', id);
    const until = this.clock.now();
    const count = await this.deliveries.countMissed(missedBy(known, since, until, null));
    return this.receipts.once(receipt, async (tx) => {
      const [endpoint] = await this.endpoints.lock(tx, [id]);
      if (!endpoint) throw new NotFound('webhook endpoint', id);
      if (endpoint.status !== 'enabled') throw new EndpointNotEnabled(endpoint.status);
      const window = { since: since.toISOString(), until: until.toISOString(), count };
      await this.events.append(tx, [endpointEvent('webhook_endpoint.recovery_requested', endpoint, window)], cause);
      return { count };
    });
  }
}

/** Queues what was missed, a bounded number at a time, the oldest first. */
@Injectable()
export class QueueMissedEvents extends Subscriber {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly deliveries: Deliveries,
    private readonly dispatch: Dispatch,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    const [endpoint] = await this.endpoints.lock(tx, [event.subject.id]);
    if (!endpoint || endpoint.status === 'disabled') return;
    const { since, until, afterEventId = null } = event.data as { since: string; until: string; afterEventId?: string };
    const missed = await this.deliveries.missed(tx, missedBy(endpoint, new Date(since), new Date(until), afterEventId), CHUNK);
    await this.dispatch.dispatch(
      tx,
      missed,
      missed.map((one) => ({ event: one, endpointId: endpoint.id })),
    );
    await this.deliveries.reopen(
      tx,
      endpoint.id,
      missed.map(({ id }) => id),
      this.clock.now(),
    );
    if (missed.length < CHUNK) return;
    const rest = { since, until, afterEventId: missed[missed.length - 1]!.id };
    await this.events.append(tx, [endpointEvent('webhook_endpoint.recovery_continued', endpoint, rest)], causeOf(event));
  }
}

function missedBy(endpoint: Endpoint, since: Date, until: Date, afterEventId: string | null): Missed {
  return { endpointId: endpoint.id, types: typesOf(endpoint.events), since, until, afterEventId };
}
