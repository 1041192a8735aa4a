import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { Shop } from '../../support/shop.js';

describe('HTTP manners', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop.close());

  const server = () => supertest(shop.url);

  it('answers every error as problem+json with a page behind its type', async () => {
    const answer = await server()
      .get('/api/v1/nowhere')
      .expect(404)
      .expect('content-type', /^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      type: '/problems/not-found',
      title: expect.any(String),
      status: 404,
      detail: expect.any(String),
      instance: '/api/v1/nowhere',
      code: 'not-found',
    });
    expect(answer.body.requestId).toBe(answer.headers['x-request-id']);
    expect((await server().get(answer.body.type).expect(200)).text).toContain('not-found');
    await server().get('/problems/no-such-problem').expect(404);
  });

  it('tells a wrong method from a wrong address', async () => {
    const answer = await server().put('/api/v1/orders').expect(405);
    expect(answer.body.code).toBe('method-not-allowed');
    expect(answer.headers['allow']).toBe('GET, HEAD, POST');
  });

  it('echoes a request id that is one, and makes one otherwise', async () => {
    expect((await server().get('/health/live').set('X-Request-Id', 'my-request_1')).headers['x-request-id']).toBe(
      'my-request_1',
    );
    for (const bad of ['short', 'has spaces in it', 'x'.repeat(129)]) {
      expect((await server().get('/health/live').set('X-Request-Id', bad)).headers['x-request-id']).toMatch(
        /^[0-9a-f-]{36}$/,
      );
    }
  });

  it('puts the request id on events', async () => {
    const { body } = await shop
      .post('/products', { name: 'x', price: 1, currency: 'USD' })
      .set('X-Request-Id', 'traceable-request');
    expect(await shop.database.query('SELECT request_id FROM events WHERE subject_id = $1', [body.id])).toEqual([
      { request_id: 'traceable-request' },
    ]);
  });

  it.each([
    ['{', 'malformed-json'],
    ['[]', 'validation-failed'],
    ['null', 'validation-failed'],
    ['"text"', 'validation-failed'],
    ['{"items":1e400}', 'malformed-json'],
    ['{"__proto__":{"a":1}}', 'malformed-json'],
    ['{"constructor":1}', 'malformed-json'],
    ['{"customerId":"a\\u0000b"}', 'malformed-json'],
    ['{"customerId":"\\ud800"}', 'malformed-json'],
    [`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`, 'malformed-json'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('latin1'), 'validation-failed'],
  ])('refuses the body %s', async (body, code) => {
    const answer = await server()
      .post('/api/v1/orders')
      .set('X-Api-Key', 'test-key-123')
      .set('Idempotency-Key', 'k')
      .set('Content-Type', 'application/json')
      .send(body)
      .expect(400);
    expect(answer.body.code).toBe(code);
  });

  it('refuses bytes that are not UTF-8', async () => {
    const answer = await fetch(`${shop.url}/api/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'test-key-123' },
      body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'malformed-json' });
  });

  it('refuses what is too large, and other media types', async () => {
    const post = () => server().post('/api/v1/orders').set('X-Api-Key', 'test-key-123').set('Idempotency-Key', 'k');
    expect(
      (
        await post()
          .set('Content-Type', 'application/json')
          .send(`{"a":"${'x'.repeat(140_000)}"}`)
          .expect(413)
      ).body.code,
    ).toBe('payload-too-large');
    expect((await post().set('Content-Type', 'text/xml').send('<a/>').expect(415)).body.code).toBe(
      'unsupported-media-type',
    );
  });

  it('answers even what is not HTTP', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(shop.port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      let received = '';
      socket.on('data', (bytes) => (received += bytes.toString()));
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1.1 400 /);
    expect(text).toContain('application/problem+json');
  });

  it('keeps strangers out', async () => {
    for (const request of [
      server().get('/api/v1/orders'),
      server().get('/api/v1/orders').set('X-Api-Key', 'wrong'),
      server().get('/api/v1/orders').set('Authorization', 'Bearer wrong'),
      server().post('/api/v1/orders').send({}),
    ]) {
      const answer = await request.expect(401);
      expect(answer.body.code).toBe('unauthenticated');
      expect(answer.headers['www-authenticate']).toContain('Bearer');
    }
    await server().get('/api/v1/orders').set('Authorization', 'Bearer test-key-123').expect(200);
  });

  it('allows browsers from elsewhere and sets security headers', async () => {
    const preflight = await server()
      .options('/api/v1/orders')
      .set('Origin', 'https://shop.example')
      .set('Access-Control-Request-Method', 'PATCH')
      .set('Access-Control-Request-Headers', 'idempotency-key,x-api-key');
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-methods']).toContain('PATCH');
    const { headers } = await server().get('/health/live');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.any(String),
    });
  });

  it('is healthy, and measures itself by route template', async () => {
    expect((await server().get('/health/live').expect(200)).body).toEqual({ status: 'ok' });
    const { body } = await server().get('/health/ready').expect(200);
    expect(body.checks.map((check: { name: string; ok: boolean }) => [check.name, check.ok])).toEqual([
      ['accepting', true],
      ['database', true],
      ['migrations', true],
      ['outbox', true],
    ]);
    await shop.get('/orders/01939d00-0000-7000-8000-000000000001').expect(404);
    const { text } = await server().get('/metrics').expect(200);
    expect(text).toContain('route="/api/v1/orders/:id"');
    expect(text).toMatch(/outbox_pending \d/);
    expect(text).toContain('group_commit_batch_size_bucket');
    expect(text).toMatch(/database_pool_size \d/);
  });
});
