import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import supertest from 'supertest';
import { ApiKeys } from '#modules/access/application/api-keys.js';
import { eventually, Shop } from '../../support/shop.js';
import { peopleOf } from './people.js';

describe('who may do what', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop.close());
  const { open, as, customer, apiKey } = peopleOf(() => shop);

  describe('API keys', () => {
    it('are shown once, kept as a hash, and do exactly what they may', async () => {
      const { id, key } = await apiKey(['orders:read']);
      expect(key).toMatch(/^qk_test_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/);
      expect(JSON.stringify(await shop.database.query('SELECT * FROM api_keys'))).not.toContain(key.slice(-38));
      expect((await shop.get('/api-keys').expect(200)).text).not.toContain(key.slice(-38));
      await open('get', '/orders').set('X-Api-Key', key).expect(200);
      await as(key, 'get', '/payments').expect(403);
      await as(key, 'get', '/auth/me').expect(403);
      const mistyped = key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');
      await as(mistyped, 'get', '/orders').expect(401);
      await eventually(
        async () =>
          ((await shop.get('/api-keys').expect(200)).body.data as { id: string; lastUsedAt: string | null }[]).find(
            (k) => k.id === id,
          )!.lastUsedAt,
        Boolean,
      );
      await shop.post('/api-keys', { name: 'x', scopes: ['self'] }).expect(400);
      await shop.post('/api-keys', { name: 'x', scopes: [] }).expect(400);
    });

    it('stop working when they expire or are revoked, on another replica within five seconds', async () => {
      const replica = await Shop.open({}, shop.database);
      const { id, key } = await apiKey(['orders:read']);
      const ask = (at: Shop) => supertest(at.url).get('/api/v1/orders').set('X-Api-Key', key);
      await ask(replica).expect(200);
      await shop.delete(`/api-keys/${id}`).expect(204);
      await shop.delete(`/api-keys/${id}`).expect(204);
      await eventually(
        async () => (await ask(replica)).status,
        (status) => status === 401,
        5_000,
      );
      await replica.close();
      const brief = await apiKey(['orders:read'], { expiresAt: new Date(Date.now() + 2_000).toISOString() });
      await as(brief.key, 'get', '/orders').expect(200);
      await eventually(
        async () => (await as(brief.key, 'get', '/orders')).status,
        (status) => status === 401,
        7_000,
      );
    });

    it('cost one query, however many requests come with one', async () => {
      const { key } = await apiKey(['orders:read']);
      const asked = jest.spyOn(shop.application.nest.get(ApiKeys), 'findByLookup');
      await Promise.all(Array.from({ length: 50 }, () => as(key, 'get', '/orders').expect(200)));
      expect(asked).toHaveBeenCalledTimes(1);
      asked.mockRestore();
    });
  });

  it('writes an audit of what matters, with caller, address and request', async () => {
    const session = await customer();
    await open('post', '/auth/login')
      .send({ email: session.user.email, password: 'wrong wrong' })
      .set('X-Request-Id', 'failed-login')
      .expect(401);
    const [refused] = await shop.database.query<{ data: Record<string, unknown> }>(
      `SELECT data FROM events WHERE request_id = 'failed-login'`,
    );
    expect(refused!.data).toMatchObject({
      userId: session.user.id,
      address: expect.stringContaining('127.0.0.1'),
      caller: null,
    });
    const { id } = await apiKey(['orders:read']);
    await shop.delete(`/api-keys/${id}`).expect(204);
    expect((await shop.eventsOf(id)).map((event) => event.type)).toEqual(['api_key.created', 'api_key.revoked']);
  });
});

describe('limits', () => {
  it('say how many requests are left, and when to come back', async () => {
    const shop = await Shop.open({ rateLimit: { requests: 5, seconds: 10 } });
    const ask = (key: string) => supertest(shop.url).get('/api/v1/orders').set('X-Api-Key', key);
    for (let left = 4; left >= 0; left--) {
      const { headers } = await ask('test-key-123').expect(200);
      expect(headers['ratelimit-policy']).toBe('"default";q=5;w=10');
      expect(headers['ratelimit']).toMatch(new RegExp(`^"default";r=${left};t=\\d+$`));
    }
    const limited = await ask('test-key-123').expect(429);
    expect(limited.body.code).toBe('rate-limited');
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    // Strangers have a window of their own, by address; a forged X-Forwarded-For does not give them another.
    for (let i = 0; i < 5; i++)
      await supertest(shop.url).get('/api/v1/products').set('X-Forwarded-For', `10.0.0.${i}`).expect(200);
    await supertest(shop.url).get('/api/v1/products').set('X-Forwarded-For', '10.0.0.9').expect(429);
    await supertest(shop.url).get('/health/live').expect(200);
    await shop.close();
  });

  it('believe X-Forwarded-For of trusted proxies only', async () => {
    const shop = await Shop.open({ rateLimit: { requests: 1, seconds: 10 }, trustProxy: '127.0.0.1' });
    await supertest(shop.url).get('/api/v1/products').set('X-Forwarded-For', '10.0.0.1').expect(200);
    await supertest(shop.url).get('/api/v1/products').set('X-Forwarded-For', '10.0.0.2').expect(200);
    await supertest(shop.url).get('/api/v1/products').set('X-Forwarded-For', '10.0.0.2').expect(429);
    await shop.close();
  });
});
