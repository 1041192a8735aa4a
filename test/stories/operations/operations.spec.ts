import { randomUUID } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { HousekeepingSchedule } from '#modules/operations/infrastructure/housekeeping-schedule.js';
import { audit, clean } from '../../support/books.js';
import { Receiver } from '../../support/receiver.js';
import { postProcessorEvent, processorEvent } from '../../support/processor-event.js';
import { eventually, Shop, type Product } from '../../support/shop.js';

const DAY = 86_400;

interface Entry {
  at: string;
  kind: string;
  type: string;
  id: string;
  requestId: string | null;
  causedBy: string | null;
  detail: Record<string, any>;
}
interface Letter {
  id: string;
  subscriber: string;
  attempts: number;
  lastError: string;
  event: { id: string; type: string; subjectId: string };
}

describe('whoever runs the shop', () => {
  let shop: Shop;
  let mug: Product;
  let receiver: Receiver;
  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: true, webhookRetrySchedule: [0, 0] });
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(async () => {
    // What came due in the time that was let pass is still on its way.
    await shop.ownReactionsAreDone(0);
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });
  beforeEach(async () => {
    receiver = await Receiver.open();
  });
  afterEach(() => receiver.close());

  const register = async () =>
    (
      (await shop.post('/webhooks/endpoints', { url: receiver.url, events: ['order.*', 'payment.*'] }).expect(201))
        .body as { id: string }
    ).id;
  const quiet = () =>
    eventually(
      // What only looks after things that were cut short is due later, and finds nothing to do.
      () => shop.database.query(`SELECT subscriber FROM outbox WHERE subscriber <> 'payments.finish-creating-intent'`),
      (rows) => rows.length === 0,
    );

  describe('sees the timeline of an order', () => {
    const timeline = async (id: string) =>
      (await shop.get(`/orders/${id}/timeline`).expect(200)).body as { data: Entry[]; truncated: boolean };

    it('with its events, payment, provider notices, movements of money and deliveries, in order', async () => {
      const endpoint = await register();
      receiver.statuses = [500];
      const { order, payment } = await shop.paid(mug.id);
      await shop
        .post(`/payments/${payment.id}/refunds`, { amount: 300, reason: 'a crack' })
        .set('Prefer', 'wait=10')
        .expect(200);
      await quiet();
      const { data, truncated } = await timeline(order.id);
      expect(truncated).toBe(false);
      expect(data.map(({ at }) => at)).toEqual(data.map(({ at }) => at).sort());
      expect(data[0]).toMatchObject({
        kind: 'event',
        type: 'order.placed',
        id: expect.any(String),
        requestId: expect.any(String),
        detail: { sequence: 1 },
      });
      const has = (kind: string, type: string) => data.filter((entry) => entry.kind === kind && entry.type === type);
      for (const type of [
        'payment.created',
        'payment.confirmation_requested',
        'payment.succeeded',
        'order.completed',
        'payment.refund_requested',
        'payment.refunded',
      ])
        expect([type, has('event', type).length]).toEqual([type, 1]);
      expect(has('notice', 'payment_intent.succeeded')[0]!.detail).toMatchObject({
        provider: 'stripe',
        status: expect.stringMatching(/applied|ignored/),
      });
      expect(has('movement', 'payment')[0]!.detail).toMatchObject({
        amount: 1000,
        currency: 'USD',
        from: 'cash',
        to: 'revenue',
      });
      expect(has('movement', 'refund_paid')[0]!.detail).toMatchObject({ amount: 300 });
      const attempts = has('delivery', 'order.placed');
      expect(attempts.map(({ detail }) => [detail['attempt'], detail['answer']])).toEqual([
        [1, 500],
        [2, 200],
      ]);
      expect(attempts[0]).toMatchObject({
        causedBy: data[0]!.id,
        requestId: data[0]!.requestId,
        detail: { endpointId: endpoint },
      });
      await shop.delete(`/webhooks/endpoints/${endpoint}`).expect(204);
    });

    it('also of an order whose notice was parked', async () => {
      const order = await shop.order(mug.id);
      await postProcessorEvent(shop, processorEvent({ orderId: order.id, amount: 1, currency: 'USD' })).expect(200);
      const entries = await eventually(
        async () => (await timeline(order.id)).data,
        (data) => data.some(({ kind }) => kind === 'notice'),
      );
      expect(entries.find(({ kind }) => kind === 'notice')!.detail).toMatchObject({
        provider: 'payments',
        status: 'needs_review',
      });
    });

    it('of orders that exist, and not as a customer', async () => {
      await shop.get(`/orders/${randomUUID()}/timeline`).expect(404);
      await shop.get('/orders/nonsense/timeline').expect(404);
      expect((await timeline((await shop.order(mug.id)).id)).data).toHaveLength(1);
    });
  });

  describe('has dead letters', () => {
    const letters = async () =>
      ((await shop.get('/operations/dead-letters?limit=100').expect(200)).body as { data: Letter[] }).data;
    /** A payment whose outcome cannot be posted. */
    const failToPost = async () => {
      receiver.statuses = [500, 500];
      const { body } = await shop
        .post('/payments', { amount: 700, currency: 'USD', paymentMethodId: 'pm_card_visa', webhookUrl: receiver.url })
        .expect(202);
      const { id } = body as { id: string };
      return (await eventually(letters, (all) => all.some(({ event }) => event.subjectId === id))).find(
        ({ event }) => event.subjectId === id,
      )!;
    };

    it('and has them tried again', async () => {
      const letter = await failToPost();
      expect(letter).toMatchObject({
        subscriber: 'webhooks.post-payment-outcome',
        attempts: 2,
        lastError: 'The receiver answered 500.',
      });
      const key = randomUUID();
      const { body } = await shop.post(`/operations/dead-letters/${letter.id}/retry`, {}, key).expect(202);
      expect(body).toMatchObject({ id: letter.id });
      await eventually(
        async () => receiver.received.length,
        (count) => count === 3,
      );
      expect(await letters()).toEqual([]);
      await shop.post(`/operations/dead-letters/${letter.id}/retry`).expect(404);
      await shop.post(`/operations/dead-letters/${letter.id}/retry`, {}, key).expect(202);
      expect(receiver.received).toHaveLength(3);
    });

    it('and discards them, saying why', async () => {
      const letter = await failToPost();
      const { dead } = (await shop.get('/operations/outbox')).body as { dead: number };
      await shop.post(`/operations/dead-letters/${letter.id}/discard`, { reason: 'told by phone' }).expect(200);
      expect(((await shop.get('/operations/outbox')).body as { dead: number }).dead).toBe(dead - 1);
      const { data } = (await shop.get(`/events?subjectId=${letter.id}`).expect(200)).body as {
        data: { type: string; data: object }[];
      };
      expect(data).toMatchObject([
        {
          type: 'dead_letter.discarded',
          data: { reason: 'told by phone', subscriber: 'webhooks.post-payment-outcome', eventId: letter.event.id },
        },
      ]);
      await shop.post(`/operations/dead-letters/${letter.id}/discard`).expect(404);
    });

    it('tried again by one of many who ask at once', async () => {
      const letter = await failToPost();
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => shop.post(`/operations/dead-letters/${letter.id}/retry`)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 404, 404, 404, 404, 404, 404, 404]);
      await eventually(
        async () => receiver.received.length,
        (count) => count === 3,
      );
    });
  });

  it('sees what is queued', async () => {
    await shop.database.query(
      `INSERT INTO outbox (event_id, subscriber, due_at) VALUES (gen_random_uuid(), 'NobodyAnyMore', now() - interval '90 seconds')`,
    );
    const { body } = await shop.get('/operations/outbox').expect(200);
    expect(body).toMatchObject({
      pending: expect.any(Number),
      due: 1,
      dead: expect.any(Number),
      deliveries: { pending: 0, due: 0, oldestDueSeconds: 0 },
    });
    expect((body as { oldestDueSeconds: number }).oldestDueSeconds).toBeGreaterThan(89);
    const { text } = await shop.metrics();
    expect(text).toMatch(/^outbox_oldest_due_seconds 9\d/m);
    expect(text).toMatch(/^outbox_dead_letters \d/m);
    await shop.database.query(`DELETE FROM outbox WHERE subscriber = 'NobodyAnyMore'`);
  });

  it('has the books checked, over HTTP and from the command line', async () => {
    await quiet();
    const { body } = await shop.get('/operations/integrity').expect(200);
    const report = body as {
      ok: boolean;
      checks: { name: string; ok: boolean; checked: number; violations: unknown[] }[];
    };
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ ok: true, checkedAt: expect.any(String) });
    expect(report.checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['stock-conservation', 'event-sequences', 'one-live-payment-per-order']),
    );
    expect(report.checks.find(({ name }) => name === 'order-totals')!.checked).toBeGreaterThanOrEqual(3);
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['dist/src/app/cli/check-integrity.js', ...args], {
        env: { PATH: process.env['PATH'], DATABASE_URL: shop.database.url },
        encoding: 'utf8',
      });
    const good = run();
    expect([good.status, good.stderr]).toEqual([0, '']);
    expect(good.stdout).toContain('The books add up');
    await shop.database.query('UPDATE inventory SET stock = stock + 1 WHERE product_id = $1', [mug.id]);
    const bad = run();
    expect(bad.status).toBe(1);
    expect(bad.stdout).toContain(mug.id);
    expect((JSON.parse(run('--json').stdout) as { ok: boolean }).ok).toBe(false);
    await shop.database.query('UPDATE inventory SET stock = stock - 1 WHERE product_id = $1', [mug.id]);
    const none = spawnSync(process.execPath, ['dist/src/app/cli/check-integrity.js'], {
      env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x' },
      encoding: 'utf8',
    });
    expect([none.status, none.stdout]).toEqual([2, '']);
    expect(none.stderr).toMatch(/^The books could not be checked: .+\n$/);
  });

  it('has what waited for disabled endpoints given up, and fetched by recover', async () => {
    const endpoint = await register();
    await shop.patch(`/webhooks/endpoints/${endpoint}`, { status: 'paused' }).expect(200);
    await shop.order(mug.id);
    const waiting = () =>
      shop.database.query(`SELECT 1 FROM outbox WHERE subscriber = $1`, [`webhooks.deliver/${endpoint}`]);
    await eventually(waiting, (rows) => rows.length === 1);
    await shop.patch(`/webhooks/endpoints/${endpoint}`, { status: 'disabled' }).expect(200);
    await shop.application.nest.get(HousekeepingSchedule).run();
    expect(await waiting()).toEqual([]);
    const { body } = await shop.get(`/webhooks/endpoints/${endpoint}/deliveries`).expect(200);
    expect(body).toMatchObject({ data: [{ status: 'failed', attemptCount: 0 }] });
    await shop.patch(`/webhooks/endpoints/${endpoint}`, { status: 'enabled' }).expect(200);
    const { body: recovery } = await shop
      .post(`/webhooks/endpoints/${endpoint}/recover`, { since: new Date(Date.now() - 1000).toISOString() })
      .expect(202);
    expect((recovery as { count: number }).count).toBeGreaterThanOrEqual(0);
    await shop.post(`/webhooks/endpoints/${endpoint}/recover`, { since: '2026-01-01T00:00:00Z' }).expect(202);
    await eventually(
      async () => receiver.received.length,
      (count) => count > 0,
    );
    await quiet();
    await shop.delete(`/webhooks/endpoints/${endpoint}`).expect(204);
  });

  it('has old things cleared away, and nothing that is needed', async () => {
    const endpoint = await register();
    const key = randomUUID();
    const order = (await shop.post('/orders', { items: [{ productId: mug.id, quantity: 1 }] }, key).expect(201))
      .body as { id: string };
    await supertest(shop.url)
      .post('/api/v1/auth/register')
      .send({ email: 'old@example.com', password: 'correct horse battery' })
      .expect(201);
    await supertest(shop.url)
      .post('/api/v1/auth/login')
      .send({ email: 'old@example.com', password: 'correct horse battery' })
      .expect(200);
    await quiet();
    const count = async (table: string) =>
      (await shop.database.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)).map(({ n }) => Number(n))[0]!;
    const tasks = shop.application.nest.get(HousekeepingSchedule);
    const tables = ['webhook_deliveries', 'webhook_attempts', 'webhook_messages', 'refresh_tokens', 'sessions'];
    const before: Record<string, number> = {};
    for (const table of tables) before[table] = await count(table);
    expect(Object.values(before).every((n) => n > 0)).toBe(true);
    await tasks.run();
    const young = ['webhook_deliveries', 'refresh_tokens', 'sessions'];
    for (const table of young)
      expect([table, await count(table)]).toEqual([
        table,
        table === 'webhook_deliveries' ? expect.any(Number) : before[table],
      ]);
    expect(
      await shop.database.query('SELECT 1 FROM webhook_deliveries WHERE endpoint_id = $1', [endpoint]),
    ).not.toEqual([]);

    await shop.pass(31 * DAY);
    await shop.database.query(`UPDATE idempotency_records SET created_at = created_at - interval '31 days'`);
    await tasks.run();
    for (const table of tables) expect([table, await count(table)]).toEqual([table, 0]);
    expect(await count('idempotency_records WHERE NOT lasting')).toBe(0);
    // The key of an order stays unique for ever.
    const again = await shop.post('/orders', { items: [{ productId: mug.id, quantity: 1 }] }, key).expect(201);
    expect([(again.body as { id: string }).id, again.headers['idempotent-replayed']]).toEqual([order.id, 'true']);
    expect((await shop.metrics()).text).toMatch(/housekeeping_removed_total\{what="deliveries"\} \d+/);
    await shop.delete(`/webhooks/endpoints/${endpoint}`).expect(204);
  });
});
