import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { audit, clean } from '../../support/books.js';
import { Receiver } from '../../support/receiver.js';
import { eventually, Shop, type Product } from '../../support/shop.js';
import { merchantOf, message, type Delivery } from './merchant.js';

describe('messages to merchants’ endpoints', () => {
  let shop: Shop;
  let mug: Product;
  let receiver: Receiver;
  const { register, deliveries, came, settled, attempted, dueIn, removeEndpoints } = merchantOf(
    () => shop,
    () => receiver,
  );
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
    await removeEndpoints();
    await receiver.close();
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
