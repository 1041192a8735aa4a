import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { Courier, EventLog, noCause, type Handed, type Next, type RecordedEvent } from '#kernel/events.js';
import type { Tx } from '#kernel/tx.js';
import { afterAttempt, closed, slots, type Breaker } from '../domain/breaker.js';
import { secondsUntilNext, stateAfter, type Attempt } from '../domain/delivery.js';
import { noteAttempts, signingSecrets, type AttemptOutcome } from '../domain/endpoint.js';
import { Deliveries } from './deliveries.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { Endpoints } from './endpoints.js';
import { KnownEndpoints } from './known-endpoints.js';
import { WebhookClient } from './webhook-client.js';

/** Messages under way to one endpoint. */
const MAX_AT_ONCE = 32;
/** When a message is looked at again that was claimed in the moment in which its endpoint was paused. */
const PAUSED_SECONDS = 5;

interface Heard {
  readonly deliveryId: string;
  readonly isEndpointFailing: boolean;
  readonly attempt: Attempt;
  readonly outcome: AttemptOutcome;
  readonly next: Next;
}

/**
 * Sends events to merchants' endpoints: each has a queue, a number of connections and a circuit breaker of its own, so
 * that one that hangs or is gone keeps nobody waiting.
 */
@Injectable()
export class DeliverToEndpoint extends Courier<Heard | null> {
  private readonly breakers = new Map<string, Breaker>();

  constructor(
    private readonly known: KnownEndpoints,
    private readonly endpoints: Endpoints,
    private readonly deliveries: Deliveries,
    private readonly client: WebhookClient,
    private readonly events: EventLog,
    private readonly metrics: DeliveryMetrics,
    private readonly clock: Clock,
  ) {
    super();
  }

  override *recipients(): Iterable<readonly [string, number]> {
    const now = this.clock.now().getTime();
    for (const id of this.known.enabled) {
      const free = slots(this.breakers.get(id) ?? closed, now, MAX_AT_ONCE);
      if (free > 0) yield [id, free];
    }
  }

  override async tell(event: RecordedEvent, endpointId: string, attempt: number): Promise<{ heard: Heard | null; next: Next }> {
    const shipment = await this.deliveries.shipment(event.id, endpointId);
    if (!shipment) return { heard: null, next: { kind: 'done' } };
    if (shipment.endpointStatus !== 'enabled') {
      const error = `The endpoint is ${shipment.endpointStatus}.`;
      return { heard: null, next: { kind: 'again', seconds: PAUSED_SECONDS, error, counts: false } };
    }
    const secrets = signingSecrets(shipment, this.clock.now());
    const { kind, retryAfterSeconds, ...tried } = await this.client.post(shipment.url, { id: event.id, body: shipment.body }, secrets);
    const isDelivered = kind === 'delivered';
    const outcome = isDelivered ? 'delivered' : kind === 'gone' ? 'gone' : 'failed';
    const next = isDelivered ? ({ kind: 'done' } as const) : this.after(attempt, kind === 'gone', retryAfterSeconds, tried.error ?? 'It failed.');
    const before = this.breakers.get(endpointId) ?? closed;
    const after = afterAttempt(before, isDelivered, this.clock.now().getTime());
    if (after === closed) this.breakers.delete(endpointId);
    else this.breakers.set(endpointId, after);
    this.metrics.attempted(outcome, tried.durationMs, isDelivered ? Math.max(0, this.clock.now().getTime() - event.occurredAt.getTime()) : null);
    return { heard: { deliveryId: shipment.deliveryId, isEndpointFailing: shipment.isEndpointFailing, attempt: tried, outcome, next }, next };
  }

  private after(attempt: number, isGone: boolean, retryAfterSeconds: number | null, error: string): Next {
    const seconds = isGone ? null : secondsUntilNext(this.client.retrySchedule, attempt, retryAfterSeconds, Math.random());
    return seconds === null ? { kind: 'hopeless', error } : { kind: 'again', seconds, error, counts: true };
  }

  override async record(tx: Tx, handed: readonly Handed<Heard | null>[]): Promise<void> {
    const told = handed.filter((one): one is Handed<Heard> => one.heard !== null);
    if (told.length === 0) return;
    const now = this.clock.now();
    await this.deliveries.record(
      tx,
      told.map(({ heard: { deliveryId, attempt, next } }) => ({
        deliveryId,
        attempt,
        state: stateAfter(next),
        nextAttemptAt: next.kind === 'again' ? new Date(now.getTime() + next.seconds * 1000) : null,
      })),
    );
    await this.noteOnEndpoints(tx, told, now);
  }

  /** Only endpoints about which something changes are locked: a healthy one is written by nobody. */
  private async noteOnEndpoints(tx: Tx, told: readonly Handed<Heard>[], now: Date): Promise<void> {
    const concerned = new Map<string, AttemptOutcome[]>();
    for (const { recipient, heard } of told) {
      if (heard.outcome !== 'delivered' || heard.isEndpointFailing) concerned.set(recipient, []);
    }
    if (concerned.size === 0) return;
    for (const { recipient, heard } of told) concerned.get(recipient)?.push(heard.outcome);
    for (const endpoint of await this.endpoints.lock(tx, [...concerned.keys()])) {
      const noted = noteAttempts(endpoint, concerned.get(endpoint.id)!, now);
      if (!noted) continue;
      await this.endpoints.save(tx, noted.endpoint);
      if (!noted.event) continue;
      await this.events.append(tx, [noted.event], noCause);
      this.metrics.disabled(noted.endpoint);
    }
  }
}
