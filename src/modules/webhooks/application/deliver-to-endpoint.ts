import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { RecipientConsumer, type DeliveryAttempt, type NextStep } from '#ports/consumers.js';
import { EventLog, systemCause, type RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { afterAttempt, closed, slots, type Breaker } from '../domain/breaker.js';
import { messageOf, secondsUntilNext, stateAfter, type Attempt } from '../domain/delivery.js';
import { mustBeEnabled, noteAttempts, signingSecrets, type AttemptOutcome } from '../domain/endpoint.js';
import { Deliveries } from './deliveries.js';
import { WebhookMetrics } from '../metrics.js';
import { Endpoints } from './endpoints.js';
import { KnownEndpoints } from './known-endpoints.js';
import { WebhookClient } from './webhook-client.js';

/** Messages under way to one endpoint, and to all of them: each has its share, so that none can starve another. */
const MAX_AT_ONCE = 32;
const MAX_AT_ONCE_IN_ALL = 256;
/** When a message is looked at again that could not be tried: its endpoint was paused in that moment, or we shortage something. */
const UNTRIED_SECONDS = 5;

interface Answer {
  readonly deliveryId: string;
  readonly isEndpointFailing: boolean;
  /** Where it was sent. */
  readonly url: string;
  readonly attempt: Attempt;
  readonly outcome: AttemptOutcome;
}

/**
 * Sends events to merchants' endpoints: each has a queue, a number of connections and a circuit breaker of its own, so
 * that one that hangs or is gone keeps no other waiting.
 */
@Injectable()
export class DeliverToEndpoint extends RecipientConsumer<Answer | null> {
  static readonly id = 'webhooks.deliver';
  static readonly aliases = ['DeliverToEndpoint'];

  /** With the version of the endpoint that they are about: one that was changed starts anew. */
  private readonly breakers = new Map<string, Breaker & { readonly version: number }>();

  constructor(
    private readonly known: KnownEndpoints,
    private readonly endpoints: Endpoints,
    private readonly deliveries: Deliveries,
    private readonly client: WebhookClient,
    private readonly events: EventLog,
    private readonly metrics: WebhookMetrics,
    private readonly clock: Clock,
  ) {
    super();
  }

  override *recipients(): Iterable<readonly [string, number]> {
    const now = this.clock.now().getTime();
    const share = Math.min(MAX_AT_ONCE, Math.max(1, Math.floor(MAX_AT_ONCE_IN_ALL / this.known.enabled.size)));
    for (const [id, version] of this.known.enabled) {
      const free = slots(this.breakerOf(id, version), now, share);
      if (free > 0) yield [id, free];
    }
  }

  override async deliver(
    event: RecordedEvent,
    endpointId: string,
    attempt: number,
  ): Promise<{ answer: Answer | null; next: NextStep }> {
    const shipment = await this.deliveries.shipment(event.id, endpointId);
    if (!shipment) return { answer: null, next: { kind: 'done' } };
    if (shipment.endpointStatus !== 'enabled') return untried(`The endpoint is ${shipment.endpointStatus}.`);
    const { deliveryId, isEndpointFailing, url, headers } = shipment;
    const secrets = signingSecrets(shipment, this.clock.now());
    const message = { id: event.id, body: shipment.body ?? messageOf(event) };
    const posted = await this.client.post(url, message, secrets, headers);
    const { kind, retryAfterSeconds, ...tried } = posted;
    if (kind === 'not-attempted') return untried(tried.error!);
    const isDelivered = kind === 'delivered';
    const outcome = isDelivered ? 'delivered' : kind === 'gone' ? 'gone' : 'failed';
    const next = isDelivered
      ? ({ kind: 'done' } as const)
      : this.after(attempt, kind === 'gone', retryAfterSeconds, tried.error ?? 'It failed.');
    this.note(endpointId, isDelivered);
    this.metrics.attempted(
      outcome,
      tried.durationMs,
      isDelivered ? Math.max(0, this.clock.now().getTime() - event.occurredAt.getTime()) : null,
    );
    return { answer: { deliveryId, isEndpointFailing, url, attempt: tried, outcome }, next };
  }

  private breakerOf(id: string, version: number): Breaker {
    const breaker = this.breakers.get(id);
    return breaker?.version === version ? breaker : closed;
  }

  private note(id: string, isDelivered: boolean): void {
    const version = this.known.enabled.get(id);
    const after =
      version === undefined
        ? closed
        : afterAttempt(this.breakerOf(id, version), isDelivered, this.clock.now().getTime());
    if (version === undefined || after === closed) this.breakers.delete(id);
    else this.breakers.set(id, { ...after, version });
  }

  private after(attempt: number, isGone: boolean, retryAfterSeconds: number | null, error: string): NextStep {
    const seconds = isGone
      ? null
      : secondsUntilNext(this.client.retrySchedule, attempt, retryAfterSeconds, Math.random());
    return seconds === null ? { kind: 'give-up', error } : { kind: 'retry', seconds, error, counts: true };
  }

  override async record(tx: Tx, handed: readonly DeliveryAttempt<Answer | null>[]): Promise<void> {
    const told = handed.filter((one): one is DeliveryAttempt<Answer> => one.answer !== null);
    if (told.length === 0) return;
    const now = this.clock.now();
    await this.deliveries.record(
      tx,
      told.map(({ next, answer: { deliveryId, attempt } }) => ({
        deliveryId,
        attempt,
        state: stateAfter(next),
        nextAttemptAt: next.kind === 'retry' ? new Date(now.getTime() + next.seconds * 1000) : null,
      })),
    );
    await this.noteOnEndpoints(tx, told, now);
  }

  /** Only endpoints about which something changes are locked: a healthy one is not written. */
  private async noteOnEndpoints(tx: Tx, told: readonly DeliveryAttempt<Answer>[], now: Date): Promise<void> {
    const concerned = new Set(
      told
        .filter(({ answer }) => answer.outcome !== 'delivered' || answer.isEndpointFailing)
        .map(({ recipient }) => recipient),
    );
    if (concerned.size === 0) return;
    for (const endpoint of await this.endpoints.lock(tx, [...concerned])) {
      // What an address answered that it has left meanwhile says nothing about it.
      const outcomes = told
        .filter(({ recipient, answer }) => recipient === endpoint.id && answer.url === endpoint.url)
        .map(({ answer }) => answer.outcome);
      const noted = outcomes.length > 0 ? noteAttempts(endpoint, outcomes, now) : null;
      if (!noted) continue;
      await this.endpoints.save(tx, noted.endpoint);
      if (!noted.event) continue;
      await this.events.append(tx, [noted.event], systemCause('webhooks'));
      this.metrics.disabled(noted.endpoint);
    }
  }

  override async reopen(tx: Tx, eventId: string, endpointId: string): Promise<void> {
    const reopened = await this.deliveries.reopen(tx, endpointId, [eventId], this.clock.now());
    const [endpoint] = await this.endpoints.lock(tx, [endpointId]);
    if (reopened === 0 || !endpoint) throw new NotFound('delivery of this event', eventId);
    mustBeEnabled(endpoint);
  }
}

function untried(error: string): { answer: null; next: NextStep } {
  return { answer: null, next: { kind: 'retry', seconds: UNTRIED_SECONDS, error, counts: false } };
}
