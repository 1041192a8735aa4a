import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createDatabase } from '../support/database.js';
import { call, ServerProcess } from '../support/server-process.js';
import { eventually } from '../support/shop.js';

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
    const order = (await call(
      server.url,
      'POST',
      '/orders',
      { items: [{ productId: products[0].id, quantity: 1 }] },
      'k',
    ))!.body;

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
    const server = new ServerProcess({
      DATA_DIR: newDirectory(),
      PORT: '70000',
      OUTBOX_POLL_MS: 'often',
      DATABASE_URL: 'mysql://secret@x',
      LOG_LEVEL: 'loud',
    });
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
    expect(taken.output).toBe(
      `Port ${port} on 127.0.0.1 is taken. Stop what listens there, or set PORT (0 picks a free one).\n`,
    );
    blocker.close();
    const unreachable = new ServerProcess({
      DATA_DIR: newDirectory(),
      DATABASE_URL: 'postgres://user:secret@127.0.0.1:1/shop',
    });
    expect((await unreachable.ended).code).toBe(1);
    expect(unreachable.output).toMatch(/^The database at 127\.0\.0\.1:1\/shop cannot be used: .*\n$/);
  }, 60_000);

  it('is not careless in production: names every missing, short or published secret', async () => {
    const env = { DATA_DIR: newDirectory(), NODE_ENV: 'production' };
    const missing = new ServerProcess(env);
    expect((await missing.ended).code).toBe(1);
    for (const name of ['JWT_SECRET', 'STRIPE_WEBHOOK_SECRET'])
      expect(missing.output).toContain(`${name}: must be set in production`);
    const careless = new ServerProcess({
      ...env,
      JWT_SECRET: 'short',
      STRIPE_WEBHOOK_SECRET: 'whsec_dev_stripe_webhook_secret',
    });
    expect((await careless.ended).code).toBe(1);
    expect(careless.output).toContain('JWT_SECRET: must have at least 32 characters');
    expect(careless.output).toContain('STRIPE_WEBHOOK_SECRET: is a published default');
  }, 30_000);

  it('has no demo key, users, shop or documentation in production', async () => {
    const env = {
      DATA_DIR: newDirectory(),
      NODE_ENV: 'production',
      PAYMENTS: 'simulator',
      JWT_SECRET: 'a secret of our own that is not published',
      STRIPE_WEBHOOK_SECRET: 'another secret of our own',
      DEMO_DATA: 'true',
    };
    let server = await ServerProcess.ready(env);
    expect(server.output).not.toContain('test-key-123');
    expect((await call(server.url, 'GET', '/orders'))!.status).toBe(401);
    expect((await call(server.url, 'GET', '/products'))!.body.data).toEqual([]);
    expect(
      (await call(server.url, 'POST', '/auth/login', { email: 'admin@demo.example', password: 'demo-admin-password' }))!
        .status,
    ).toBe(401);
    expect((await fetch(`${server.url}/docs`)).status).toBe(404);
    expect((await fetch(`${server.url}/docs-json`)).status).toBe(404);
    await server.kill('SIGTERM');
    server = await ServerProcess.ready({ ...env, DOCS: 'true' });
    expect((await fetch(`${server.url}/docs`)).status).toBe(200);
    await server.kill('SIGTERM');
  }, 60_000);

  it('makes secrets and a key of its own outside the demo, and shows the key once', async () => {
    const database = await createDatabase();
    const directory = newDirectory();
    const env = { NODE_ENV: 'development', DATABASE_URL: database.url, DATA_DIR: directory };
    let server = await ServerProcess.ready(env);
    const key = /API key +(qk_\S+)/.exec(server.output)![1]!;
    const orders = (apiKey: string) =>
      fetch(`${server.url}/api/v1/orders`, { headers: { 'x-api-key': apiKey } }).then(({ status }) => status);
    expect([await orders(key), await orders('test-key-123')]).toEqual([200, 401]);
    const file = join(directory, 'secrets.json');
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    const secrets = readFileSync(file, 'utf8');
    await server.kill('SIGTERM');
    server = await ServerProcess.ready(env);
    expect(server.output).not.toContain('qk_');
    expect(readFileSync(file, 'utf8')).toBe(secrets);
    expect(await orders(key)).toBe(200);
    await server.kill('SIGTERM');
    await database.drop();
  }, 60_000);

  it('reads .env in its working directory, and the environment wins', async () => {
    const directory = newDirectory();
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, '.env'), 'PORT=70000\nOUTBOX_POLL_MS=often\n');
    const server = new ServerProcess({ DATA_DIR: newDirectory(), PORT: '0' }, `cd ${JSON.stringify(directory)}`);
    expect((await server.ended).code).toBe(1);
    expect(server.output).toContain('OUTBOX_POLL_MS');
    expect(server.output).not.toContain('PORT=');
  });

  it('writes no secret into its log, at any level', async () => {
    const canaries = {
      password: 'canary password of a customer',
      jwt: 'canary-jwt-secret-0123456789-0123456789',
      webhook: 'whsec_canary_0123456789',
      stripe: 'sk_test_canary_0123456789',
    };
    const env = {
      DATA_DIR: newDirectory(),
      LOG_LEVEL: 'trace',
      JWT_SECRET: canaries.jwt,
      STRIPE_WEBHOOK_SECRET: canaries.webhook,
    };
    const server = await ServerProcess.ready(env);
    const address = 'canary@example.com';
    const login = (password: string) => call(server.url, 'POST', '/auth/login', { email: address, password });
    await call(server.url, 'POST', '/auth/register', { email: address, password: canaries.password });
    await call(server.url, 'POST', '/auth/register', { email: address, password: canaries.password });
    const session = (await login(canaries.password))!.body;
    await login(`wrong ${canaries.password}`);
    await call(server.url, 'POST', '/auth/refresh', { refreshToken: session.refreshToken });
    const { key } = (await call(server.url, 'POST', '/api-keys', { name: 'canary', scopes: ['orders:read'] }))!.body;
    await fetch(`${server.url}/api/v1/orders`, { headers: { authorization: `Bearer ${key}` } });
    await fetch(`${server.url}/api/v1/orders?secret=${key}`, {
      headers: { authorization: `Bearer ${session.accessToken}` },
    });
    await fetch(`${server.url}/api/v1/webhooks/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': `t=1,v1=${'c'.repeat(64)}` },
      body: '{}',
    });
    const order = (await call(
      server.url,
      'POST',
      '/orders',
      { items: [{ productId: '01939d00-0000-7000-8000-000000000001', quantity: 1 }] },
      'canary-order',
    ))!.body;
    const intent = (await call(server.url, 'POST', '/payments/intents', { orderId: order.id }))!.body;
    await call(server.url, 'POST', `/payments/intents/${intent.id}/confirm`, {
      paymentMethodId: 'pm_card_chargeDeclined',
    });
    await eventually(
      async () => (await call(server.url, 'GET', `/orders/${order.id}`))!.body,
      (o) => o.paymentStatus === 'failed',
    );
    await server.kill('SIGTERM');
    expect(server.output).toContain('"msg":"request"');
    for (const secret of [
      ...Object.values(canaries),
      session.accessToken,
      session.refreshToken,
      key,
      intent.clientSecret,
      'c'.repeat(64),
      'sk_test_simulator',
    ]) {
      expect(server.output.includes(secret)).toBe(false);
    }
  }, 60_000);
});
