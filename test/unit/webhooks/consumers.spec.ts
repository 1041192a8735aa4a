import { describe, expect, it } from '@jest/globals';
import type { Clock } from '#kernel/clock.js';
import type { EventLog, NewEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { Metrics } from '#platform/telemetry/metrics.js';
import { DeliverToEndpoint } from '#modules/webhooks/application/deliver-to-endpoint.js';
import type { Deliveries, NewDelivery, RecordedAttempt } from '#modules/webhooks/application/deliveries.js';
import type { Dispatch } from '#modules/webhooks/application/dispatch.js';
import type { Endpoints } from '#modules/webhooks/application/endpoints.js';
import { FanOutToEndpoints } from '#modules/webhooks/application/fan-out.js';
import type { KnownEndpoints } from '#modules/webhooks/application/known-endpoints.js';
import type { Posted, WebhookClient } from '#modules/webhooks/application/webhook-client.js';
import { newEndpoint, type Endpoint, type EndpointState } from '#modules/webhooks/domain/endpoint.js';
import { WebhookMetrics } from '#modules/webhooks/metrics.js';
import { recordedEvent } from '../platform/fakes.js';

const tx = {} as Tx;
const now = new Date('2026-01-01T00:00:00Z');
const clock: Clock = { now: () => now };
const endpoint = (id: string, events: string[], status: EndpointState = 'enabled'): Endpoint => ({
  ...newEndpoint(
    {
      id,
      url: `https://${id}.example`,
      description: null,
      headers: {},
      events,
      secret: 'whsec_MA==',
      signingKey: null,
    },
    now,
  ).endpoint,
  status,
});

describe('the fan-out, called without the relay', () => {
  it('gives a batch of events to every endpoint that wants their types, also to paused ones', async () => {
    const given: NewDelivery[] = [];
    const all = [
      endpoint('orders', ['order.*']),
      endpoint('paused', ['*'], 'paused'),
      endpoint('disabled', ['*'], 'disabled'),
    ];
    const consumer = new FanOutToEndpoints(
      { allIn: async () => all } as unknown as Endpoints,
      {
        dispatch: async (_: Tx, _events: unknown, deliveries: NewDelivery[]) => void given.push(...deliveries),
      } as unknown as Dispatch,
    );
    const events = ['order.placed', 'payment.succeeded'].map((type) => recordedEvent({ type, id: type }));
    await consumer.reactAll(tx, events);
    expect(given.map(({ event, endpointId }) => `${event.type} to ${endpointId}`)).toEqual([
      'order.placed to orders',
      'order.placed to paused',
      'payment.succeeded to paused',
    ]);
  });
});

describe('a delivery to an endpoint, called without the relay', () => {
  const delivered: Posted = {
    ...{ kind: 'delivered', retryAfterSeconds: null, at: now, status: 200, durationMs: 5, error: null, answer: 'ok' },
  };
  const failed: Posted = { ...delivered, kind: 'failed', status: 500, error: 'HTTP 500' };

  const consumerFor = (one: Endpoint, posted: Posted, isEndpointFailing = false) => {
    const recorded: RecordedAttempt[] = [];
    const saved: Endpoint[] = [];
    const appended: NewEvent[] = [];
    const posts: unknown[] = [];
    const { url, secret, signingKey, status, previousSecrets } = one;
    const shipment = {
      deliveryId: 'd',
      endpointStatus: status,
      isEndpointFailing,
      url,
      secret,
      signingKey,
      previousSecrets,
    };
    const consumer = new DeliverToEndpoint(
      { enabled: new Map([[one.id, one.version]]) } as unknown as KnownEndpoints,
      {
        lock: async () => [one],
        save: async (_: Tx, after: Endpoint) => void saved.push(after),
      } as unknown as Endpoints,
      {
        shipment: async (_: string, id: string) => (id === one.id ? { ...shipment, body: Buffer.from('{}') } : null),
        record: async (_: Tx, attempts: RecordedAttempt[]) => void recorded.push(...attempts),
      } as unknown as Deliveries,
      {
        retrySchedule: [0, 60],
        post: async (...post: unknown[]) => {
          posts.push(post);
          return posted;
        },
      } as unknown as WebhookClient,
      { append: async (_: Tx, events: NewEvent[]) => void appended.push(...events) } as unknown as EventLog,
      new WebhookMetrics(new Metrics()),
      clock,
    );
    const run = async (recipient = one.id, attempt = 1) => {
      const event = recordedEvent();
      const { answer, next } = await consumer.deliver(event, recipient, attempt);
      expect(recorded).toEqual([]); // only in the transaction that it is given
      await consumer.record(tx, [{ event, recipient, answer, next }]);
      return next;
    };
    return { consumer, run, recorded, saved, appended, posts };
  };

  it('posts the stored bytes under the id of the event, and records success', async () => {
    const { run, recorded, saved, posts } = consumerFor(endpoint('a', ['*']), delivered);
    expect(await run()).toEqual({ kind: 'done' });
    const message = { id: recordedEvent().id, body: Buffer.from('{}') };
    expect(posts).toEqual([['https://a.example', message, ['whsec_MA==']]]);
    expect(recorded).toMatchObject([{ deliveryId: 'd', state: 'delivered', nextAttemptAt: null }]);
    expect(saved).toEqual([]); // a healthy endpoint is not written
  });

  it('is repeated by the schedule, then given up, and notes that the endpoint is failing', async () => {
    const { run, recorded, saved } = consumerFor(endpoint('a', ['*']), failed);
    expect(await run()).toMatchObject({ kind: 'retry', counts: true, error: 'HTTP 500' });
    expect(recorded).toMatchObject([{ state: 'pending' }]);
    expect(saved).toMatchObject([{ failingSince: now }]);
    recorded.splice(0);
    expect(await run('a', 2)).toEqual({ kind: 'give-up', error: 'HTTP 500' });
    expect(recorded).toMatchObject([{ state: 'failed', nextAttemptAt: null }]);
  });

  it('disables an endpoint that answers Gone', async () => {
    const { run, saved, appended } = consumerFor(endpoint('a', ['*']), { ...failed, kind: 'gone', status: 410 });
    expect(await run()).toMatchObject({ kind: 'give-up' });
    expect(saved).toMatchObject([{ status: 'disabled', disabledReason: 'gone' }]);
    expect(appended.map(({ type }) => type)).toEqual(['webhook_endpoint.disabled']);
  });

  it('is no attempt when the endpoint is paused, and done when the delivery is gone', async () => {
    const { run, recorded, posts } = consumerFor(endpoint('a', ['*'], 'paused'), delivered);
    expect(await run()).toMatchObject({ kind: 'retry', counts: false });
    expect(await run('gone')).toEqual({ kind: 'done' });
    expect([recorded, posts]).toEqual([[], []]);
  });

  it('offers an endpoint that does nothing but fail no slots for a while', async () => {
    const { consumer } = consumerFor(endpoint('a', ['*']), failed);
    expect([...consumer.recipients()]).toEqual([['a', 32]]);
    for (let i = 0; i < 10; i++) await consumer.deliver(recordedEvent(), 'a', 1);
    expect([...consumer.recipients()]).toEqual([]);
  });
});
