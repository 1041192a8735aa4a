import { randomUUID } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { HousekeepingSchedule } from '#modules/operations/infrastructure/housekeeping-schedule.js';
import { audit, clean } from '../../support/books.js';
import { Receiver } from '../../support/receiver.js';
import { eventually, Shop, type Product } from '../../support/shop.js';

const DAY = 86_400;

describe('the operator of the shop', () => {
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
    for (let i = 0; i < 3; i++) await shop.order(mug.id);
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
