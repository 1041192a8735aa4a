import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../support/books.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Receiver } from '../support/receiver.js';
import { call, ServerProcess } from '../support/server-process.js';
import { eventually } from '../support/shop.js';

/** The whole program is killed as by kill -9, started again, and audited. */
describe('a program that is killed', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await createDatabase();
    env = { DATABASE_URL: database.url, DATA_DIR: mkdtempSync(join(process.env['TEST_DIRECTORY']!, 'data-')) };
  });
  // What a failed test leaves running would take work from the programs of the next.
  afterEach(() => ServerProcess.killAll());
  afterAll(async () => {
    expect(await audit(database)).toEqual(clean);
    await database.drop();
  });

  const product = async (url: string, stock: number) =>
    (await call(url, 'POST', '/products', { name: 'Mug', price: 1000, currency: 'USD', stock }))!.body as {
      id: string;
    };

  it.each(['place-order.before-commit', 'place-order.after-commit'])(
    'at %s places the order once when the buyer repeats the request',
    async (failpoint) => {
      let server = await ServerProcess.ready({ ...env, FAILPOINT: failpoint });
      const mug = await product(server.url, 10);
      const key = randomUUID();
      const order = { items: [{ productId: mug.id, quantity: 3 }] };
      expect(await call(server.url, 'POST', '/orders', order, key)).toBeNull();
      expect((await server.ended).signal).toBe('SIGKILL');
      server = await ServerProcess.ready(env);
      const [first, second] = [
        await call(server.url, 'POST', '/orders', order, key),
        await call(server.url, 'POST', '/orders', order, key),
      ];
      expect(first!.status).toBe(201);
      expect(second!.text).toBe(first!.text);
      expect(first!.headers.get('idempotent-replayed')).toBe(failpoint.endsWith('after-commit') ? 'true' : null);
      expect((await call(server.url, 'GET', `/products/${mug.id}`))!.body.stock).toBe(7);
      expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    },
  );

  it.each(['move-money.before-commit', 'move-money.after-commit'])(
    'at %s deposits once when the merchant repeats the request',
    async (failpoint) => {
      let server = await ServerProcess.ready({ ...env, FAILPOINT: failpoint });
      const [key, path] = [randomUUID(), `/balances/${randomUUID()}`];
      const deposit = { amount: 500, currency: 'USD' };
      expect(await call(server.url, 'POST', `${path}/deposits`, deposit, key)).toBeNull();
      expect((await server.ended).signal).toBe('SIGKILL');
      server = await ServerProcess.ready(env);
      const again = await call(server.url, 'POST', `${path}/deposits`, deposit, key);
      expect([again!.status, again!.headers.get('idempotent-replayed')]).toEqual([
        201,
        failpoint.endsWith('after-commit') ? 'true' : null,
      ]);
      expect((await call(server.url, 'GET', path))!.body.accounts).toMatchObject([{ available: 500 }]);
      await server.kill('SIGTERM');
    },
  );

  it.each(['provider.after-answer', 'inbox.stored'])('at %s finishes the payment without help', async (failpoint) => {
    let server = await ServerProcess.ready(env);
    const mug = await product(server.url, 10);
    const order = (await call(
      server.url,
      'POST',
      '/orders',
      { items: [{ productId: mug.id, quantity: 1 }] },
      randomUUID(),
    ))!.body;
    const created = async () =>
      (await call(server.url, 'GET', '/webhooks/inbox?type=payment_intent.created&limit=100'))!.body.data.length;
    const before = await created();
    const payment = (await call(server.url, 'POST', '/payments/intents', { orderId: order.id }, randomUUID()))!.body;
    // Otherwise it may be the message at which the next program is killed, before the payment was confirmed.
    await eventually(created, (count) => count > before);
    await server.kill();
    server = await ServerProcess.ready({ ...env, FAILPOINT: failpoint });
    await call(server.url, 'POST', `/payments/intents/${payment.id}/confirm`, { paymentMethodId: 'pm_card_visa' });
    expect((await server.ended).signal).toBe('SIGKILL');
    server = await ServerProcess.ready(env);
    const done = await eventually(
      async () => (await call(server.url, 'GET', `/orders/${order.id}`))!.body,
      (o) => o.status === 'completed',
      20_000,
    );
    expect(done.paymentStatus).toBe('paid');
    expect((await call(server.url, 'GET', `/payments/${payment.id}`))!.body).toMatchObject({
      status: 'succeeded',
      amountCaptured: 1000,
    });
    await server.kill('SIGTERM');
  });

  it('in the middle of sending delivers every event all the same, with the same id and the same bytes', async () => {
    const receiver = await Receiver.open();
    const free = { ...env, WEBHOOK_ALLOW_PRIVATE: 'true' };
    let server = await ServerProcess.ready(free);
    const mug = await product(server.url, 1000);
    const { id } = (await call(server.url, 'POST', '/webhooks/endpoints', {
      url: receiver.url,
      events: ['order.placed'],
    }))!.body;
    const orders: string[] = [];
    const unknown: string[] = [];
    const place = async (key: string) => {
      const answer = await call(server.url, 'POST', '/orders', { items: [{ productId: mug.id, quantity: 1 }] }, key);
      if (answer) orders.push(answer.body.id);
      else unknown.push(key);
    };
    // Killed once right after a receiver has answered and before that is recorded, then again and again at any moment.
    await server.kill();
    server = await ServerProcess.ready({ ...free, FAILPOINT: 'recipient-delivery.after-answer' });
    await Promise.all(Array.from({ length: 20 }, () => place(randomUUID())));
    expect((await server.ended).signal).toBe('SIGKILL');
    for (let i = 0; i < 3; i++) {
      server = await ServerProcess.ready(free);
      const placing = Array.from({ length: 60 }, () => place(randomUUID()));
      await new Promise((resolve) => setTimeout(resolve, 60 + i * 60));
      await server.kill();
      await Promise.all(placing);
    }
    server = await ServerProcess.ready(free);
    for (const key of unknown.splice(0)) await place(key);
    const bodies = await eventually(
      async () => {
        const byOrder = new Map<string, Set<string>>();
        for (const { body, headers } of receiver.received) {
          const { data } = JSON.parse(body) as { data: { orderId: string } };
          byOrder.set(
            data.orderId,
            (byOrder.get(data.orderId) ?? new Set()).add(`${String(headers['webhook-id'])} ${body}`),
          );
        }
        return byOrder;
      },
      (byOrder) => orders.every((order) => byOrder.has(order)),
      60_000,
    );
    expect([...bodies.values()].every((different) => different.size === 1)).toBe(true);
    expect(receiver.received.length).toBeGreaterThan(bodies.size); // some came twice, which is what the id is for
    expect((await call(server.url, 'DELETE', `/webhooks/endpoints/${id as string}`))!.status).toBe(204);
    await server.kill('SIGTERM');
    await receiver.close();
  }, 120_000);

  it('while orders are being placed and paid has every order it acknowledged', async () => {
    let server = await ServerProcess.ready(env);
    const mug = await product(server.url, 100_000);
    const acknowledged: string[] = [];
    const unknown: { key: string; body: object }[] = [];
    const buyer = async (url: string) => {
      for (;;) {
        const attempt = { key: randomUUID(), body: { items: [{ productId: mug.id, quantity: 1 }] } };
        const answer = await call(url, 'POST', '/orders', attempt.body, attempt.key);
        if (!answer) return unknown.push(attempt);
        acknowledged.push(answer.body.id);
      }
    };
    const buyers = Array.from({ length: 16 }, () => buyer(server.url));
    await eventually(
      async () => acknowledged.length,
      (count) => count > 100,
    );
    await server.kill();
    await Promise.all(buyers);
    server = await ServerProcess.ready(env);
    for (const { key, body } of unknown)
      acknowledged.push((await call(server.url, 'POST', '/orders', body, key))!.body.id);
    const [row] = await database.query<{ n: string }>('SELECT count(*) AS n FROM orders WHERE id = ANY($1)', [
      acknowledged,
    ]);
    expect(Number(row!.n)).toBe(acknowledged.length);
    const [all] = await database.query<{ n: string }>('SELECT count(*) AS n FROM order_lines WHERE product_id = $1', [
      mug.id,
    ]);
    expect(Number(all!.n)).toBe(acknowledged.length);
    await server.kill('SIGTERM');
  });

  it('stops gently on SIGTERM under load: who was answered was served, and no other was half served', async () => {
    const server = await ServerProcess.ready(env);
    const mug = await product(server.url, 100_000);
    const statuses: (number | null)[] = [];
    const buyers = Array.from({ length: 16 }, async () => {
      for (let status: number | null = 201; status === 201; statuses.push(status)) {
        status =
          (await call(server.url, 'POST', '/orders', { items: [{ productId: mug.id, quantity: 1 }] }, randomUUID()))
            ?.status ?? null;
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await Promise.all(buyers);
    expect(statuses.every((status) => status === 201 || status === 503 || status === null)).toBe(true);
    const [all] = await database.query<{ n: string }>('SELECT count(*) AS n FROM order_lines WHERE product_id = $1', [
      mug.id,
    ]);
    expect(Number(all!.n)).toBe(statuses.filter((status) => status === 201).length);
  });

  it('outlives the death of its database connections, again and again', async () => {
    const server = await ServerProcess.ready(env);
    const mug = await product(server.url, 100_000);
    const acknowledged: string[] = [];
    const statuses = new Set<number | null>();
    let isOver = false;
    const buyers = Array.from({ length: 12 }, async () => {
      while (!isOver) {
        const answer = await call(
          server.url,
          'POST',
          '/orders',
          { items: [{ productId: mug.id, quantity: 1 }] },
          randomUUID(),
        );
        statuses.add(answer?.status ?? null);
        if (answer?.status === 201) acknowledged.push(answer.body.id);
      }
    });
    for (let i = 0; i < 15; i++) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'quittance-all'`,
      );
    }
    isOver = true;
    await Promise.all(buyers);
    expect([...statuses].filter((status) => status !== 201 && status !== 503)).toEqual([]);
    const [row] = await database.query<{ n: string }>('SELECT count(*) AS n FROM orders WHERE id = ANY($1)', [
      acknowledged,
    ]);
    expect(Number(row!.n)).toBe(acknowledged.length);
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
