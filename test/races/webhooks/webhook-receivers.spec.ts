import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { Receiver } from '../../support/receiver.js';
import { call, ServerProcess } from '../../support/server-process.js';
import { eventually } from '../../support/shop.js';

/** Orders per second: well below what two busy cores can do, so that lateness is the fault of the bad endpoints. */
const RATE = 50;
const SECONDS = Number(process.env['RECEIVERS_SECONDS'] ?? 6);

/** The real program under a steady load of orders, with three merchants listening: one well, one broken, one that hangs. */
describe('one slow or dead endpoint', () => {
  let database: TestDatabase;
  let server: ServerProcess & { url: string };
  let good: Receiver;
  let broken: Receiver;
  let silent: Receiver;
  beforeAll(async () => {
    database = await createDatabase();
    server = await ServerProcess.ready({
      DATABASE_URL: database.url,
      DATA_DIR: mkdtempSync(join(process.env['TEST_DIRECTORY']!, 'data-')),
      WEBHOOK_ALLOW_PRIVATE: 'true',
    });
    [good, broken, silent] = [await Receiver.open(), await Receiver.open(), await Receiver.open()];
    silent.isSilent = true;
    Object.defineProperty(broken, 'statuses', { value: { shift: () => 500 } });
  });
  afterAll(async () => {
    await server.kill('SIGTERM');
    await Promise.all([good, broken, silent].map((receiver) => receiver.close()));
    expect(await audit(database)).toEqual(clean);
    await database.drop();
  });

  it('never delays another: the good one gets every event once, within a second', async () => {
    const arrived = new Map<string, number[]>();
    good.onReceived = ({ body }) => {
      const { data } = JSON.parse(body) as { data: { orderId: string } };
      arrived.set(data.orderId, [...(arrived.get(data.orderId) ?? []), Date.now()]);
    };
    const mug = (await call(server.url, 'POST', '/products', {
      name: 'Mug',
      price: 1000,
      currency: 'USD',
      stock: 1_000_000,
    }))!.body as { id: string };
    const order = { items: [{ productId: mug.id, quantity: 1 }] };
    const place = () => call(server.url, 'POST', '/orders', order, randomUUID());
    // A program that was just started compiles what it runs; that is not what is measured.
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 10 }, place));
    for (const receiver of [good, broken, silent]) {
      expect(
        (await call(server.url, 'POST', '/webhooks/endpoints', { url: receiver.url, events: ['order.placed'] }))!
          .status,
      ).toBe(201);
    }
    const committed = new Map<string, number>();
    const placing: Promise<void>[] = [];
    const begun = performance.now();
    for (let i = 0; i < RATE * SECONDS; i++) {
      const wait = begun + (i * 1000) / RATE - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      placing.push(
        place().then((answer) => {
          expect(answer!.status).toBe(201);
          committed.set((answer!.body as { id: string }).id, Date.now());
        }),
      );
    }
    await Promise.all(placing);
    const took = (performance.now() - begun) / 1000;
    await eventually(
      async () => arrived.size,
      (count) => count >= committed.size,
      15_000,
    );
    const lags = [...committed].map(([id, at]) => arrived.get(id)![0]! - at).sort((a, b) => a - b);
    const [p50, p99] = [lags[Math.floor(lags.length / 2)]!, lags[Math.floor(lags.length * 0.99)]!];
    process.stdout.write(
      `receivers: ${(committed.size / took).toFixed(0)} orders/s, commit to delivery p50 ${p50} ms, p99 ${p99} ms\n`,
    );
    expect([...arrived.values()].every((times) => times.length === 1)).toBe(true);
    expect(p99).toBeLessThan(1000);
    // The others were tried, not hammered: the breaker keeps most of it away.
    expect(broken.received.length).toBeGreaterThan(0);
    expect(broken.received.length).toBeLessThan(committed.size);
    expect(silent.received.length).toBeGreaterThan(0);
    expect(silent.received.length).toBeLessThanOrEqual(64);
    // What a merchant does not take says nothing about our own health.
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  }, 60_000);
});
