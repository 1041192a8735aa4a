import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { shareOfCallers } from '#platform/http/connection-limit.js';
import { audit, clean } from '../support/books.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { call, ServerProcess } from '../support/server-process.js';
import { countByStatus, eventually, Shop } from '../support/shop.js';
import { isReady, saysOfDatabase } from './readiness.js';

const newDirectory = () => mkdtempSync(join(process.env['TEST_DIRECTORY']!, 'scarce-'));
const onLinux = process.platform === 'linux' ? it : it.skip;

const started: ServerProcess[] = [];
const serve = async (env: Record<string, string>, limits?: string) => {
  const server = await ServerProcess.ready(env, limits);
  started.push(server);
  return server;
};
// What a failed test has left behind; a program that still runs would start its database again and again.
afterEach(() => Promise.all(started.splice(0).map((server) => server.kill('SIGTERM'))));

/** Something runs out: callers are told so at once and in order, health names it, and it passes without a restart. */
describe('the share of callers', () => {
  it.each([
    [1_024, 614, 716],
    [2_048, 1_638, 1_740],
    [4_096, 3_686, 3_788],
    [65_536, 65_126, 65_228],
  ])('of %i file handles leaves enough for everybody else', (handles, served, accepted) => {
    expect(shareOfCallers(handles, 10)).toEqual({ served, accepted });
    expect(handles - accepted).toBeGreaterThanOrEqual(Math.min(300, handles / 2));
  });
});

describe('a shop that runs out of', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(async () => {
    expect(await audit(database)).toEqual(clean);
    await database.drop();
  });

  it('disk, as the database says it: 503, and health says that the disk is full', async () => {
    const shop = await Shop.open();
    const mug = await shop.product({ stock: 10 });
    await shop.database.query(
      `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$`,
    );
    await shop.database.query(`CREATE TRIGGER no_room BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION no_room()`);
    const order = { items: [{ productId: mug.id, quantity: 1 }] };
    const refused = await shop.post('/orders', order, 'when-there-is-room').expect(503);
    expect(refused.body).toMatchObject({ code: 'unavailable' });
    expect(refused.headers['retry-after']).toBe('1');
    expect(await saysOfDatabase(shop.url)).toEqual({ name: 'database', ok: false, detail: 'Its disk is full.' });
    expect((await fetch(`${shop.url}/health/live`)).status).toBe(200);
    await shop.get(`/products/${mug.id}`).expect(200); // reading goes on
    await shop.database.query(`DROP TRIGGER no_room ON orders; DROP FUNCTION no_room`);
    await shop.post('/orders', order, 'when-there-is-room').expect(201);
    await isReady(shop.url);
    expect(await shop.stockOf(mug.id)).toBe(9);
    await shop.close();
  });

  it('free connections to the database: 503 within seconds, and then everything as before', async () => {
    const shop = await Shop.open({ databasePoolMax: 2 }, database);
    const stranger = new pg.Client({ connectionString: database.url });
    await stranger.connect();
    await stranger.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    const begun = Date.now();
    const [answers, ready] = await Promise.all([
      Promise.all(Array.from({ length: 20 }, () => call(shop.url, 'GET', '/orders'))),
      new Promise((resolve) => setTimeout(resolve, 500)).then(() => saysOfDatabase(shop.url)),
    ]);
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(countByStatus(answers.map((answer) => answer!))).toEqual({ 503: 20 });
    expect(answers.every((answer) => answer!.headers.get('retry-after') === '1')).toBe(true);
    expect(ready).toEqual({
      name: 'database',
      ok: false,
      detail: expect.stringMatching(/^No connection to it is free|^It has not answered/),
    });
    await stranger.query('ROLLBACK');
    await stranger.end();
    expect((await call(shop.url, 'GET', '/orders'))!.status).toBe(200);
    await isReady(shop.url);
    await shop.close();
  });

  it('connections that the database takes: 503, and health says so', async () => {
    await database.query(`CREATE ROLE few LOGIN PASSWORD 'few'`);
    await database.query(
      `GRANT ALL ON ALL TABLES IN SCHEMA public TO few; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO few`,
    );
    const url = new URL(database.url);
    [url.username, url.password] = ['few', 'few'];
    const shop = await Shop.open({ role: 'api' }, { ...database, url: url.href });
    const mug = await shop.product({ stock: 1000 });
    const placeTwenty = async () => {
      const order = { items: [{ productId: mug.id, quantity: 1 }] };
      return countByStatus(
        (
          await Promise.all(Array.from({ length: 20 }, (_, i) => call(shop.url, 'POST', '/orders', order, `few-${i}`)))
        ).map((answer) => answer!),
      );
    };
    await database.query('ALTER ROLE few CONNECTION LIMIT 0');
    await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'few'`);
    expect(await placeTwenty()).toEqual({ 503: 20 });
    expect(await saysOfDatabase(shop.url)).toEqual({
      name: 'database',
      ok: false,
      detail: 'It takes no more connections.',
    });
    await database.query('ALTER ROLE few CONNECTION LIMIT 50');
    expect(await placeTwenty()).toEqual({ 201: 20 });
    expect(await shop.stockOf(mug.id)).toBe(980);
    // Some are named, and the process stays in service with them.
    await eventually(
      () => saysOfDatabase(shop.url),
      (said) => said?.ok === true,
    );
    await shop.close();
    await database.query('DROP OWNED BY few; DROP ROLE few');
  });

  onLinux(
    'file handles: it refuses to start with fewer than it needs; with those it keeps some for its database, and answers the others 503',
    async () => {
      const few = spawnSync('bash', ['-c', 'ulimit -n 512 && exec node dist/src/main.js'], { encoding: 'utf8' });
      expect([few.status, few.stderr]).toEqual([1, expect.stringContaining('it needs 1024')]);
      const server = await serve({ DATABASE_URL: database.url, DATA_DIR: newDirectory() }, 'ulimit -n 1024');
      const agent = new Agent({ keepAlive: true });
      const ask = () =>
        new Promise<{ status: number; text: string }>((resolve) => {
          const asked = request(
            `${server.url}/api/v1/products`,
            { agent, headers: { 'x-api-key': 'test-key-123' } },
            (answer) => {
              let text = '';
              answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
              answer.once('end', () => resolve({ status: answer.statusCode!, text }));
            },
          );
          asked.once('error', () => resolve({ status: 0, text: '' })).end();
        });
      const statuses = countByStatus(await Promise.all(Array.from({ length: 900 }, ask)));
      agent.destroy();
      expect(statuses[200]).toBeGreaterThanOrEqual(10);
      expect(Object.keys(statuses).every((status) => ['0', '200', '503'].includes(status))).toBe(true);
      // The callers' share of 1,024 is taken by callers who have begun to ask and do not go on.
      const slow = await Promise.all(
        Array.from({ length: 614 }, async () => {
          const socket = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined);
          await once(socket, 'connect');
          return socket.setNoDelay(true);
        }),
      );
      for (const socket of slow) socket.write('GET /api/v1/products HTTP/1.1\r\n');
      const refused = await eventually(
        () => ask(),
        ({ status }) => status === 503,
      );
      expect(refused.text).toContain('All 614 connections');
      for (const socket of slow) socket.destroy();
      expect(await isReady(server.url)).toMatchObject({ status: 'ok' });
      const mug = (await call(server.url, 'POST', '/products', {
        name: 'Mug',
        price: 1000,
        currency: 'USD',
        stock: 10,
      }))!.body as { id: string };
      expect(
        (await call(server.url, 'POST', '/orders', { items: [{ productId: mug.id, quantity: 1 }] }, randomUUID()))!
          .status,
      ).toBe(201);
      expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    },
    60_000,
  );

  onLinux(
    'memory: 256 MB are enough for thousands of orders',
    async () => {
      // What Node chooses by itself in a container of 256 MB.
      const server = await serve({
        DATABASE_URL: database.url,
        DATA_DIR: newDirectory(),
        NODE_OPTIONS: '--max-old-space-size=128',
      });
      const mug = (await call(server.url, 'POST', '/products', {
        name: 'Mug',
        price: 1000,
        currency: 'USD',
        stock: 100_000,
      }))!.body as { id: string };
      const statuses: number[] = [];
      await Promise.all(
        Array.from({ length: 32 }, async (_, i) => {
          for (let n = 0; n < 60; n++) {
            const isRead = (i + n) % 8 === 0;
            const order = { items: [{ productId: mug.id, quantity: 1 }] };
            statuses.push(
              (isRead
                ? await call(server.url, 'GET', '/orders?limit=100')
                : await call(server.url, 'POST', '/orders', order, randomUUID()))!.status,
            );
          }
        }),
      );
      expect(Object.keys(countByStatus(statuses.map((status) => ({ status }))))).toEqual(['200', '201']);
      const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]);
      expect(peak).toBeLessThan(256 * 1024);
      expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    },
    60_000,
  );
});

const unmounting: string[] = [];
afterEach(() => unmounting.splice(0).forEach((disk) => spawnSync('umount', ['-l', disk])));
