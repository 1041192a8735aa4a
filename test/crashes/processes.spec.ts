import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../support/books.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { call, ServerProcess } from '../support/server-process.js';
import { eventually } from '../support/shop.js';

/** Several processes on one port (PROCESSES), as one program to its callers. */
describe('a program of two processes', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await createDatabase();
    env = {
      DATABASE_URL: database.url,
      DATA_DIR: mkdtempSync(join(process.env['TEST_DIRECTORY']!, 'data-')),
      PROCESSES: '2',
      DATABASE_POOL_MAX: '4',
    };
  });
  afterEach(() => ServerProcess.killAll());
  afterAll(async () => {
    expect(await audit(database)).toEqual(clean);
    await database.drop();
  });

  /** The processes that serve, by pid; not the simulator. */
  const processesOf = (server: ServerProcess): number[] =>
    execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
      .flatMap((found) =>
        found && Number(found[2]) === server.pid && found[3]!.includes('dist/src/main.js') ? [Number(found[1])] : [],
      );

  /** Over a connection of its own each time, so that the processes take turns. */
  const get = (url: string) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const asked = request(url, { agent: new Agent({ keepAlive: false }), headers: { 'x-api-key': 'test-key-123' } });
      asked.on('error', reject).on('response', (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (more: string) => (text += more));
        answer.on('end', () => resolve({ status: answer.statusCode!, text }));
      });
      asked.end();
    });

  const product = async (url: string) =>
    (await call(url, 'POST', '/products', { name: 'Mug', price: 1000, currency: 'USD', stock: 1000 }))!.body
      .id as string;

  it('sells what there is once, whichever process is asked, and reacts to all of it', async () => {
    const server = await ServerProcess.ready(env);
    expect(processesOf(server)).toHaveLength(2);
    const productId = await product(server.url);
    const body = { items: [{ productId, quantity: 100 }] };
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => call(server.url, 'POST', '/orders', body, randomUUID())),
    );
    expect(answers.map((answer) => answer!.status).sort()).toEqual([
      ...Array.from({ length: 10 }, () => 201),
      ...Array.from({ length: 20 }, () => 409),
    ]);
    const paid = answers.filter((answer) => answer!.status === 201).map((answer) => answer!.body.id as string);
    for (const orderId of paid)
      expect(
        (await call(server.url, 'POST', '/payments', { orderId, paymentMethodId: 'pm_card_visa' }, randomUUID()))!
          .status,
      ).toBe(202);
    for (const id of paid)
      await eventually(
        async () => (await call(server.url, 'GET', `/orders/${id}`))!.body.status,
        (status) => status === 'completed',
        20_000,
      );
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(processesOf(server)).toEqual([]);
  });

  it('says the metrics of all of them, whichever is asked', async () => {
    const server = await ServerProcess.ready(env);
    const id = await product(server.url);
    for (let i = 0; i < 12; i++) expect((await get(`${server.url}/api/v1/products/${id}`)).status).toBe(200);
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1_100)); // one reading is shared for a second
      const { status, text } = await get(`${server.url}/metrics`);
      expect(status).toBe(200);
      const counted =
        /http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/products\/:id",status="200"\} (\d+)/;
      expect(counted.exec(text)?.[1]).toBe('12');
    }
  });

  it('starts one again that was killed, and serves meanwhile', async () => {
    const server = await ServerProcess.ready(env);
    const id = await product(server.url);
    const before = processesOf(server);
    process.kill(before.at(-1)!, 'SIGKILL');
    await eventually(
      async () => processesOf(server),
      (now) => now.length === 2 && !now.includes(before.at(-1)!),
      30_000,
    );
    for (let i = 0; i < 10; i++) expect((await get(`${server.url}/api/v1/products/${id}`)).status).toBe(200);
    // All of them say their metrics when all of them serve.
    await eventually(
      async () => (await get(`${server.url}/metrics`)).status,
      (status) => status === 200,
      60_000,
    );
    // The first one has the consumers: its successor has them too.
    process.kill(before[0]!, 'SIGKILL');
    await eventually(
      async () => processesOf(server),
      (now) => now.length === 2 && !now.includes(before[0]!),
      30_000,
    );
    const order = { items: [{ productId: id, quantity: 1 }] };
    const placed = await eventually(
      async () => await call(server.url, 'POST', '/orders', order, randomUUID()),
      (answer) => answer?.status === 201,
      60_000,
    );
    const orderId = placed!.body.id as string;
    await call(server.url, 'POST', '/payments', { orderId, paymentMethodId: 'pm_card_visa' }, randomUUID());
    await eventually(
      async () => (await call(server.url, 'GET', `/orders/${orderId}`))!.body.status,
      (status) => status === 'completed',
      60_000,
    );
  }, 240_000);

  it('ends with the reason when they cannot start', async () => {
    const taken = await ServerProcess.ready({ ...env, PROCESSES: '1' });
    const port = new URL(taken.url).port;
    const server = new ServerProcess({ ...env, PORT: port });
    expect((await server.ended).code).toBe(1);
    expect(server.output).toContain(`Port ${port} on 127.0.0.1 is taken.`);
  });
});
