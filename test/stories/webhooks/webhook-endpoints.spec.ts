import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { audit, clean } from '../../support/books.js';
import { Receiver, type Received } from '../../support/receiver.js';
import { eventually, Shop, type Product } from '../../support/shop.js';

const HOUR = 3600;

interface Endpoint {
  id: string;
  url: string;
  events: string[];
  status: string;
  disabledReason: string | null;
  failingSince: string | null;
  secret: string;
}

interface Delivery {
  id: string;
  eventId: string;
  eventType: string;
  status: string;
  attemptCount: number;
  attempts: {
    number: number;
    at: string;
    status: number | null;
    durationMs: number;
    error: string | null;
    answer: string | null;
  }[];
  nextAttemptAt: string | null;
}

describe('merchants’ endpoints', () => {
  let shop: Shop;
  let mug: Product;
  let receiver: Receiver;
  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: true });
    mug = await shop.product({ stock: 10_000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });
  beforeEach(async () => {
    receiver = await Receiver.open();
  });
  afterEach(async () => {
    for (const { id } of ((await shop.get('/webhooks/endpoints?limit=100')).body as { data: Endpoint[] }).data)
      await shop.delete(`/webhooks/endpoints/${id}`);
    await receiver.close();
  });

  const register = async (events: string[] = ['*'], url = receiver.url) =>
    (await shop.post('/webhooks/endpoints', { url, events, description: 'mine' }).expect(201)).body as Endpoint;
  const now = async (id: string) => (await shop.get(`/webhooks/endpoints/${id}`).expect(200)).body as Endpoint;
  const deliveries = async (id: string, query = '') =>
    ((await shop.get(`/webhooks/endpoints/${id}/deliveries${query}`).expect(200)).body as { data: Delivery[] }).data;
  const came = (count: number) =>
    eventually(
      async () => receiver.received,
      (received) => received.length >= count,
    );
  const message = ({ body }: Received) =>
    JSON.parse(body) as {
      id: string;
      type: string;
      timestamp: string;
      sequence: number;
      data: Record<string, unknown>;
    };
  /** The library has no clock to move, so its signature for the instant of the message is what is looked for. */
  const isSignedWith = (secret: string, received: Received) => {
    const { headers, body } = received;
    const signature = new Webhook(secret).sign(
      message(received).id,
      new Date(Number(headers['webhook-timestamp']) * 1000),
      body,
    );
    return String(headers['webhook-signature']).split(' ').includes(signature);
  };
  const settled = (id: string, status: string) =>
    eventually(
      () => deliveries(id),
      ([newest]) => newest?.status === status,
    );
  const attempted = (id: string, count: number) =>
    eventually(
      () => deliveries(id),
      ([newest]) => newest?.attemptCount === count,
    );
  /** When the newest delivery is due again, in seconds from the program's now. */
  const dueIn = async () => {
    const [row] = await shop.database.query<{ seconds: number }>(
      `SELECT extract(epoch FROM due_at - now())::float8 AS seconds FROM outbox WHERE subscriber LIKE 'webhooks.deliver/%' ORDER BY id DESC LIMIT 1`,
    );
    return row!.seconds;
  };

  it('are registered with a secret that is shown once', async () => {
    const answer = await shop
      .post('/webhooks/endpoints', { url: receiver.url, events: ['order.*', 'payment.succeeded'] })
      .expect(201);
    const endpoint = answer.body as Endpoint;
    expect(endpoint.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(answer.headers['location']).toBe(`/api/v1/webhooks/endpoints/${endpoint.id}`);
    const read = await shop.get(`/webhooks/endpoints/${endpoint.id}`).expect(200);
    expect(read.body).toMatchObject({
      url: receiver.url,
      events: ['order.*', 'payment.succeeded'],
      status: 'enabled',
      description: null,
      version: 1,
    });
    expect(read.text).not.toContain('whsec_');
    expect((await shop.get('/webhooks/endpoints').expect(200)).text).not.toContain('whsec_');
    expect((await shop.get(`/events?subjectId=${endpoint.id}`).expect(200)).text).not.toContain('whsec_');
    expect(
      (await shop.get(`/webhooks/endpoints/${endpoint.id}`).set('If-None-Match', read.headers['etag'] as string))
        .status,
    ).toBe(304);
  });

  it('are registered once when the request is repeated, and get the same secret', async () => {
    const key = randomUUID();
    const body = { url: receiver.url, events: ['*'] };
    const first = await shop.post('/webhooks/endpoints', body, key).expect(201);
    const again = await shop.post('/webhooks/endpoints', body, key).expect(201);
    expect(again.text).toBe(first.text);
    expect(((await shop.get('/webhooks/endpoints')).body as { data: unknown[] }).data).toHaveLength(1);
  });

  it.each([
    [{ events: ['order.teleported'] }, 'events'],
    [{ events: ['user.*'] }, 'events'],
    [{ events: [] }, 'events'],
    [{ events: 'order.placed' }, 'events'],
    [{ events: ['*', '*'] }, 'events'],
    [{ url: 7 }, 'url'],
    [{ color: 'red' }, 'color'],
  ])('are refused with %j', async (wrong, member) => {
    const { body } = await shop.post('/webhooks/endpoints', { url: receiver.url, events: ['*'], ...wrong }).expect(400);
    expect(body).toMatchObject({ code: 'validation-failed' });
    expect(JSON.stringify((body as { errors: unknown }).errors)).toContain(`#/${member}`);
  });

  it.each(['ftp://example.com/', 'nonsense', 'https://user:secret@example.com/'])('are refused at %s', async (url) => {
    expect((await shop.post('/webhooks/endpoints', { url, events: ['*'] }).expect(422)).body).toMatchObject({
      code: 'destination-not-allowed',
    });
  });

  it('are told what they want to know, signed, once', async () => {
    const endpoint = await register(['order.*']);
    const order = await shop.order(mug.id, 2);
    await shop.post(`/orders/${order.id}/cancel`, { reason: 'changed my mind' }).expect(200);
    await came(2);
    // Nothing is promised about the order in which they come; that is what sequences are for.
    const [placed, canceled] = receiver.received.map(message).sort((a, b) => a.sequence - b.sequence);
    expect(placed).toMatchObject({
      type: 'order.placed',
      sequence: 1,
      data: { orderId: order.id, total: 2000, currency: 'USD', status: 'pending' },
    });
    expect(canceled).toMatchObject({
      type: 'order.canceled',
      sequence: 2,
      data: { orderId: order.id, reason: 'changed my mind' },
    });
    for (const received of receiver.received) {
      new Webhook(endpoint.secret).verify(received.body, received.headers as Record<string, string>);
      expect(received.headers['webhook-id']).toBe(message(received).id);
      expect(Object.keys(message(received))).toEqual(['id', 'type', 'timestamp', 'sequence', 'data']);
    }
    await shop.post('/products', { name: 'Not an order', price: 1, currency: 'USD' }).expect(201);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiver.received).toHaveLength(2);
    const [newest] = await settled(endpoint.id, 'delivered');
    expect(newest).toMatchObject({
      eventType: 'order.canceled',
      attemptCount: 1,
      nextAttemptAt: null,
      attempts: [{ number: 1, status: 200, error: null, answer: 'thanks' }],
    });
  });

  it('get the same bytes under the same id by schedule, until they take them', async () => {
    const endpoint = await register(['order.placed']);
    receiver.statuses = [500, 302, 404, 503];
    await shop.order(mug.id);
    for (const [attempt, expected] of [5, 300, 1800, 7200].entries()) {
      await attempted(endpoint.id, attempt + 1);
      const seconds = await dueIn();
      expect(seconds).toBeGreaterThan(expected * 0.88 - 2);
      expect(seconds).toBeLessThan(expected * 1.12);
      await shop.pass(seconds + 0.1);
    }
    const [done] = await settled(endpoint.id, 'delivered');
    expect(done!.attempts.map(({ status }) => status)).toEqual([500, 302, 404, 503, 200]);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    for (const [i, { headers }] of receiver.received.entries())
      if (i > 0) expect(headers['webhook-timestamp']).not.toBe(receiver.received[0]!.headers['webhook-timestamp']);
  });

  it('are given up when the schedule is used up, which is a dead letter, and may have it sent again', async () => {
    const endpoint = await register(['order.placed']);
    receiver.statuses = Array.from({ length: 10 }, () => 500);
    await shop.order(mug.id);
    for (let attempt = 1; attempt < 10; attempt++) {
      await attempted(endpoint.id, attempt);
      await shop.pass((await dueIn()) + 0.1);
    }
    const [failed] = await settled(endpoint.id, 'failed');
    expect(failed).toMatchObject({ attemptCount: 10, nextAttemptAt: null });
    const letters = (await shop.get('/operations/dead-letters').expect(200)).body as {
      data: { subscriber: string; event: { id: string } }[];
    };
    expect(letters.data.map(({ event }) => event.id)).toContain(failed!.eventId);
    const answer = await shop.post(`/webhooks/deliveries/${failed!.id}/redeliver`).set('Prefer', 'wait=10').expect(200);
    expect(answer.body).toMatchObject({ status: 'delivered', attemptCount: 11 });
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    const after = (await shop.get('/operations/dead-letters').expect(200)).body as {
      data: { event: { id: string } }[];
    };
    expect(after.data.map(({ event }) => event.id)).not.toContain(failed!.eventId);
  });

  it('are asked again when they said, if that is later than the schedule', async () => {
    await register(['order.placed']);
    receiver.statuses = [429];
    receiver.headers = { 'retry-after': '7200' };
    await shop.order(mug.id);
    await came(1);
    await eventually(dueIn, (seconds) => seconds > 60);
    expect(await dueIn()).toBeGreaterThan(7190);
    expect(await dueIn()).toBeLessThanOrEqual(7920);
  });

  it('are not put off for more than a day', async () => {
    await register(['order.placed']);
    receiver.statuses = [503];
    receiver.headers = { 'retry-after': 'Fri, 31 Dec 2100 23:59:59 GMT' };
    await shop.order(mug.id);
    await came(1);
    await eventually(dueIn, (seconds) => seconds > 60);
    expect(await dueIn()).toBeLessThanOrEqual(86_400);
    expect(await dueIn()).toBeGreaterThan(86_390);
  });

  it('that answer 410 are disabled and told nothing, and can be enabled and recovered', async () => {
    const endpoint = await register(['order.placed']);
    receiver.statuses = [410];
    const first = await shop.order(mug.id);
    const gone = await eventually(
      () => now(endpoint.id),
      ({ status }) => status === 'disabled',
    );
    expect(gone.disabledReason).toBe('gone');
    const second = await shop.order(mug.id);
    await shop.post(`/webhooks/endpoints/${endpoint.id}/test`).expect(409);
    await shop.post(`/webhooks/endpoints/${endpoint.id}/recover`, { since: '2026-01-01T00:00:00Z' }).expect(409);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(receiver.received).toHaveLength(1);
    await shop.patch(`/webhooks/endpoints/${endpoint.id}`, { status: 'enabled' }).expect(200);
    const since = new Date(Date.now() - 3_600_000).toISOString();
    const known = await shop.database.query<{ id: string }>(`SELECT id FROM events WHERE type = 'order.placed'`);
    const { body } = await shop.post(`/webhooks/endpoints/${endpoint.id}/recover`, { since }).expect(202);
    expect(body).toEqual({ count: known.length });
    await came(1 + known.length);
    const orders = receiver.received.slice(1).map((received) => message(received).data['orderId']);
    expect(orders).toEqual(expect.arrayContaining([first.id, second.id]));
    expect(new Set(receiver.received.slice(1).map(({ headers }) => headers['webhook-id'])).size).toBe(known.length);
    // What has been delivered is not sent again.
    await eventually(
      () => deliveries(endpoint.id, '?status=pending'),
      (pending) => pending.length === 0,
    );
    expect((await shop.post(`/webhooks/endpoints/${endpoint.id}/recover`, { since }).expect(202)).body).toEqual({
      count: 0,
    });
  });

  it('that do nothing but fail for 120 hours are disabled', async () => {
    const endpoint = await register(['order.placed']);
    receiver.statuses = Array.from({ length: 50 }, () => 500);
    await shop.order(mug.id);
    await attempted(endpoint.id, 1);
    expect((await now(endpoint.id)).failingSince).not.toBeNull();
    await shop.pass(119 * HOUR);
    await attempted(endpoint.id, 2);
    expect((await now(endpoint.id)).status).toBe('enabled');
    await shop.pass(2 * HOUR);
    const disabled = await eventually(
      () => now(endpoint.id),
      ({ status }) => status === 'disabled',
    );
    expect(disabled.disabledReason).toBe('failing');
    const { data } = (await shop.get(`/events?type=webhook_endpoint.disabled&subjectId=${endpoint.id}`).expect(200))
      .body as { data: { data: object }[] };
    expect(data[0]!.data).toMatchObject({ reason: 'failing' });
  });

  it('that succeed once in between start anew', async () => {
    const endpoint = await register(['order.placed']);
    receiver.statuses = [500];
    await shop.order(mug.id);
    await attempted(endpoint.id, 1);
    expect((await now(endpoint.id)).failingSince).not.toBeNull();
    await shop.pass(119 * HOUR);
    await settled(endpoint.id, 'delivered');
    expect((await now(endpoint.id)).failingSince).toBeNull();
  });

  it('are signed for with the old secret too for 24 hours after a rotation', async () => {
    const endpoint = await register(['order.placed']);
    const rotated = (await shop.post(`/webhooks/endpoints/${endpoint.id}/rotate-secret`).expect(200)).body as Endpoint;
    expect(rotated.secret).not.toBe(endpoint.secret);
    await shop.order(mug.id);
    await came(1);
    expect(String(receiver.received[0]!.headers['webhook-signature']).split(' ')).toHaveLength(2);
    expect(isSignedWith(endpoint.secret, receiver.received[0]!)).toBe(true);
    expect(isSignedWith(rotated.secret, receiver.received[0]!)).toBe(true);
    await shop.pass(24 * HOUR + 1);
    await shop.order(mug.id);
    await came(2);
    const late = receiver.received[1]!;
    expect(String(late.headers['webhook-signature']).split(' ')).toHaveLength(1);
    expect([isSignedWith(rotated.secret, late), isSignedWith(endpoint.secret, late)]).toEqual([true, false]);
  });

  it('that are paused get everything when they are enabled again', async () => {
    const endpoint = await register(['order.placed']);
    await shop.patch(`/webhooks/endpoints/${endpoint.id}`, { status: 'paused' }).expect(200);
    for (let i = 0; i < 5; i++) await shop.order(mug.id);
    await eventually(
      () => deliveries(endpoint.id, '?status=pending'),
      (pending) => pending.length === 5,
    );
    expect(receiver.received).toHaveLength(0);
    const { body: outbox } = await shop.get('/operations/outbox').expect(200);
    expect(outbox).toMatchObject({ due: 0, deliveries: { pending: 5 } });
    await shop.patch(`/webhooks/endpoints/${endpoint.id}`, { status: 'enabled' }).expect(200);
    await came(5);
  });

  it('are tested on demand, whatever they are subscribed to', async () => {
    const endpoint = await register(['balance.deposited']);
    const answer = await shop.post(`/webhooks/endpoints/${endpoint.id}/test`).set('Prefer', 'wait=10').expect(200);
    expect(answer.body).toMatchObject({
      endpointId: endpoint.id,
      delivery: { eventType: 'webhook.test', status: 'delivered', attempts: [{ status: 200 }] },
    });
    expect(message(receiver.received[0]!)).toMatchObject({ type: 'webhook.test', data: { endpointId: endpoint.id } });
    expect(isSignedWith(endpoint.secret, receiver.received[0]!)).toBe(true);
  });

  it('are changed under their version, and told by what they are now', async () => {
    const endpoint = await register(['order.placed']);
    const etag = (await shop.get(`/webhooks/endpoints/${endpoint.id}`)).headers['etag'] as string;
    await shop
      .patch(`/webhooks/endpoints/${endpoint.id}`, { events: ['product.created'] })
      .set('If-Match', etag)
      .expect(200);
    await shop
      .patch(`/webhooks/endpoints/${endpoint.id}`, { events: ['*'] })
      .set('If-Match', etag)
      .expect(412);
    await shop.order(mug.id);
    await shop.product();
    await came(1);
    expect(receiver.received.map((received) => message(received).type)).toEqual(['product.created']);
  });

  it('that are deleted are told nothing more', async () => {
    const endpoint = await register(['order.placed']);
    receiver.statuses = [500];
    await shop.order(mug.id);
    await attempted(endpoint.id, 1);
    await shop.delete(`/webhooks/endpoints/${endpoint.id}`).expect(204);
    await shop.get(`/webhooks/endpoints/${endpoint.id}`).expect(404);
    await shop.get(`/webhooks/endpoints/${endpoint.id}/deliveries`).expect(404);
    await shop.pass(HOUR);
    await shop.order(mug.id);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiver.received).toHaveLength(1);
  });

  it('list their deliveries page by page, by state, without a gap', async () => {
    const endpoint = await register(['order.placed']);
    for (let i = 0; i < 7; i++) await shop.order(mug.id);
    await came(7);
    const ids: string[] = [];
    for (let path: string | null = `/webhooks/endpoints/${endpoint.id}/deliveries?limit=3`; path !== null;) {
      const { body } = await shop.get(path).expect(200);
      const page = body as { data: Delivery[]; nextCursor: string | null };
      ids.push(...page.data.map(({ id }) => id));
      path = page.nextCursor && `/webhooks/endpoints/${endpoint.id}/deliveries?limit=3&cursor=${page.nextCursor}`;
    }
    expect(new Set(ids).size).toBe(7);
    expect(ids).toEqual([...ids].sort().reverse());
    await shop.get(`/webhooks/deliveries/${ids[0]!}`).expect(200);
    await shop.get(`/webhooks/deliveries/${randomUUID()}`).expect(404);
    await shop.post(`/webhooks/deliveries/${randomUUID()}/redeliver`).expect(404);
  });

  it('hear of an event once however often it is given to them', async () => {
    const endpoint = await register(['order.placed']);
    await shop.order(mug.id);
    await came(1);
    const [event] = await shop.database.query<{ id: string }>(
      `SELECT id FROM events WHERE type = 'order.placed' ORDER BY id DESC LIMIT 1`,
    );
    await settled(endpoint.id, 'delivered');
    await shop.database.query(
      `INSERT INTO outbox (event_id, subscriber, due_at) VALUES ($1, 'webhooks.fan-out', now())`,
      [event!.id],
    );
    await eventually(
      async () => shop.database.query(`SELECT 1 FROM outbox WHERE event_id = $1`, [event!.id]),
      (rows) => rows.length === 0,
    );
    expect(await deliveries(endpoint.id)).toHaveLength(1);
    expect(receiver.received).toHaveLength(1);
  });

  it('may answer rubbish and gigabytes; 4 KiB of it are kept', async () => {
    const endpoint = await register(['order.placed']);
    receiver.answer = Buffer.alloc(1_000_000, 'a\0');
    await shop.order(mug.id);
    const [delivered] = await settled(endpoint.id, 'delivered');
    expect(delivered!.attempts[0]!.answer!.length).toBeLessThanOrEqual(4096);
    expect(delivered!.attempts[0]!.answer).toMatch(/^a+$/);
  });
});
