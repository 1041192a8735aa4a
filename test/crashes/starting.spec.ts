import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { call, ServerProcess } from '../support/server-process.js';

const newDirectory = (name = 'start-') => mkdtempSync(join(process.env['TEST_DIRECTORY']!, name));

describe('starting with nothing but Node', () => {
  it('serves a demo shop from an embedded database, in a path with spaces, twice, also after kill -9', async () => {
    const dataDir = join(newDirectory('with space '), 'my data');
    mkdirSync(dataDir);
    const env = { DATA_DIR: dataDir };
    let server = await ServerProcess.ready(env);
    expect(server.output).toContain('test-key-123');
    const products = (await call(server.url, 'GET', '/products'))!.body.data;
    expect(products.map((p: { id: string }) => p.id)).toContain('01939d00-0000-7000-8000-000000000001');
    expect((await fetch(`${server.url}/docs`)).headers.get('content-type')).toContain('text/html');
    expect((await fetch(`${server.url}/docs/swagger-ui-bundle.js`)).status).toBe(200);
    const order = (await call(server.url, 'POST', '/orders', { items: [{ productId: products[0].id, quantity: 1 }] }, 'k'))!.body;

    const second = new ServerProcess(env);
    expect((await second.ended).code).toBe(1);
    expect(second.output).toMatch(/^Another server \(process \d+\) is using the data directory .*\n$/);

    const postmaster = Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
    await server.kill('SIGKILL');
    expect(() => process.kill(postmaster, 0)).not.toThrow(); // the orphan
    server = await ServerProcess.ready(env);
    expect((await call(server.url, 'GET', `/orders/${order.id}`))!.body.id).toBe(order.id);
    expect(await server.kill('SIGINT')).toEqual({ code: 0, signal: null });
    server = await ServerProcess.ready(env);
    expect((await call(server.url, 'GET', `/orders/${order.id}`))!.body.id).toBe(order.id);
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  }, 60_000);

  it('names every bad setting at once and starts nothing', async () => {
    const server = new ServerProcess({ DATA_DIR: newDirectory(), PORT: '70000', OUTBOX_POLL_MS: 'often', DATABASE_URL: 'mysql://secret@x', LOG_LEVEL: 'loud' });
    expect((await server.ended).code).toBe(1);
    for (const name of ['PORT', 'OUTBOX_POLL_MS', 'DATABASE_URL', 'LOG_LEVEL']) expect(server.output).toContain(name);
    expect(server.output).not.toContain('secret');
    expect(server.output).not.toMatch(/\n\s+at /);
  });

  it('says in one line that the port is taken, or that the database cannot be reached', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as { port: number };
    const taken = new ServerProcess({ DATA_DIR: newDirectory(), PORT: String(port) });
    expect((await taken.ended).code).toBe(1);
    expect(taken.output).toBe(`Port ${port} on 127.0.0.1 is taken. Stop what listens there, or set PORT (0 picks a free one).\n`);
    blocker.close();
    const unreachable = new ServerProcess({ DATA_DIR: newDirectory(), DATABASE_URL: 'postgres://user:secret@127.0.0.1:1/shop' });
    expect((await unreachable.ended).code).toBe(1);
    expect(unreachable.output).toMatch(/^The database at 127\.0\.0\.1:1\/shop cannot be used: .*\n$/);
  }, 60_000);
});
