import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import supertest from 'supertest';
import { ApiKeys } from '#modules/access/application/api-keys.js';
import { allScopes } from '#ports/caller.js';
import { countByStatus, eventually, Shop } from '../../support/shop.js';

interface Session {
  accessToken: string;
  refreshToken: string;
  user: { id: string; email: string; role: string };
}

const PASSWORD = 'a long and quiet sentence';

describe('who may do what', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop.close());

  const open = (method: 'get' | 'post' | 'patch' | 'delete' | 'put', path: string) =>
    supertest(shop.url)[method](path.startsWith('/api/') || path.startsWith('/health') ? path : `/api/v1${path}`);
  const as = (token: string, method: 'get' | 'post' | 'patch' | 'delete', path: string) =>
    open(method, path).set('Authorization', `Bearer ${token}`);
  const email = () => `${randomUUID().slice(0, 8)}@example.com`;
  const register = async (address = email()) =>
    (await open('post', '/auth/register').send({ email: address, password: PASSWORD, firstName: 'Ada' }).expect(201))
      .body as Session['user'];
  const login = async (address: string, password = PASSWORD) =>
    (await open('post', '/auth/login').send({ email: address, password }).expect(200)).body as Session;
  const customer = async () => login((await register()).email);
  const staff = async (role: 'admin' | 'superadmin') => {
    const user = await register();
    await shop.patch(`/users/${user.id}`, { role }).expect(200);
    return login(user.email);
  };
  const apiKey = async (list: readonly string[], more = {}) =>
    (await shop.post('/api-keys', { name: 'test', scopes: list, ...more }).expect(201)).body as {
      id: string;
      key: string;
    };

  describe('accounts', () => {
    it('are opened, logged into, read and changed', async () => {
      const address = email();
      const user = await register(` ${address.toUpperCase()} `);
      expect(user).toMatchObject({
        email: address,
        firstName: 'Ada',
        lastName: null,
        role: 'customer',
        emailVerified: false,
        lastLoginAt: null,
      });
      const session = await login(address.toUpperCase());
      expect(session).toMatchObject({ tokenType: 'Bearer', expiresIn: 900, user: { id: user.id, role: 'customer' } });
      expect((await as(session.accessToken, 'get', '/auth/me').expect(200)).body).toMatchObject({
        id: user.id,
        lastLoginAt: expect.any(String),
      });
      const changed = await as(session.accessToken, 'patch', '/auth/me').send({ lastName: 'Lovelace' }).expect(200);
      expect(changed.body).toMatchObject({ firstName: 'Ada', lastName: 'Lovelace' });
      await as(session.accessToken, 'patch', '/auth/me').send({ role: 'superadmin' }).expect(400);
      await as(session.accessToken, 'patch', '/auth/me').send({ email: 'x@y.zz' }).expect(400);
    });

    it('have one owner per email, however it is spelled', async () => {
      const address = email();
      await register(address);
      expect(
        (await open('post', '/auth/register').send({ email: address.toUpperCase(), password: PASSWORD }).expect(409))
          .body.code,
      ).toBe('email-taken');
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          open('post', '/auth/register').send({ email: `same-${address}`, password: PASSWORD, firstName: `${i}` }),
        ),
      );
      expect(countByStatus(answers)).toEqual({ 201: 1, 409: 5 });
    });

    it('can be opened again with the same key, and the answer is only for who knows it all', async () => {
      const body = { email: email(), password: PASSWORD };
      const first = await open('post', '/auth/register').set('Idempotency-Key', 'reg').send(body).expect(201);
      const again = await open('post', '/auth/register').set('Idempotency-Key', 'reg').send(body).expect(201);
      expect([again.text, again.headers['idempotent-replayed']]).toEqual([first.text, 'true']);
      await open('post', '/auth/register')
        .set('Idempotency-Key', 'reg')
        .send({ email: email(), password: PASSWORD })
        .expect(201);
    });

    it.each([
      ['short', '1234567'],
      ['long', 'x'.repeat(129)],
      ['common', 'Password123!'],
      ['all the same', 'zzzzzzzzzz'],
    ])('refuse a password that is %s', async (_, password) => {
      await open('post', '/auth/register').send({ email: email(), password }).expect(400);
    });

    it.each(['', 'a', 'a@b', '@b.cc', 'a b@c.dd', 'a@b@c.dd', `${'x'.repeat(65)}@y.zz`, 'a\u0000@b.cc'])(
      'refuse %j as an email',
      async (address) => {
        await open('post', '/auth/register').send({ email: address, password: PASSWORD }).expect(400);
      },
    );

    it('keep passwords as argon2id with the parameters that were asked for', async () => {
      const user = await register();
      const [row] = await shop.database.query<{ password_hash: string }>(
        'SELECT password_hash FROM users WHERE id = $1',
        [user.id],
      );
      expect(row!.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    });

    it('say the same to a wrong email and a wrong password, in about the same time', async () => {
      const user = await register();
      const timed = async (address: string) => {
        const begun = performance.now();
        const answer = await open('post', '/auth/login')
          .send({ email: address, password: 'not the password' })
          .expect(401);
        const { requestId: _, ...body } = answer.body as Record<string, unknown>;
        return { body, ms: performance.now() - begun };
      };
      await timed(email());
      const [known, unknown] = [await timed(user.email), await timed(email())];
      expect(known.body).toEqual(unknown.body);
      const medians = [user.email, ''].map(() => [] as number[]);
      for (let i = 0; i < 5; i++) {
        medians[0]!.push((await timed(user.email)).ms);
        medians[1]!.push((await timed(email())).ms);
      }
      const [a, b] = medians.map((list) => list.sort((x, y) => x - y)[2]!) as [number, number];
      expect(Math.max(a, b) / Math.min(a, b)).toBeLessThan(3);
    });

    it('are closed for a while after ten wrong passwords from one address', async () => {
      const user = await register();
      for (let i = 0; i < 10; i++)
        await open('post', '/auth/login').send({ email: user.email, password: 'wrong wrong' }).expect(401);
      const limited = await open('post', '/auth/login').send({ email: user.email, password: PASSWORD }).expect(429);
      expect(limited.body.code).toBe('rate-limited');
      expect(Number(limited.headers['retry-after'])).toBeGreaterThan(60);
    });
  });

  describe('sessions', () => {
    it('go on with each refresh token once', async () => {
      const session = await customer();
      const next = (await open('post', '/auth/refresh').send({ refreshToken: session.refreshToken }).expect(200))
        .body as Session;
      expect(next.refreshToken).not.toBe(session.refreshToken);
      const third = (await open('post', '/auth/refresh').send({ refreshToken: next.refreshToken }).expect(200))
        .body as Session;
      await as(third.accessToken, 'get', '/auth/me').expect(200);
      // The first token is spent and its successor was used: that is theft, and ends everything.
      expect(
        (await open('post', '/auth/refresh').send({ refreshToken: session.refreshToken }).expect(401)).body.code,
      ).toBe('refresh-token-reused');
      expect(
        (await open('post', '/auth/refresh').send({ refreshToken: third.refreshToken }).expect(401)).body.code,
      ).toBe('unauthenticated');
      const reused = await shop.database.query<{ data: { userId: string } }>(
        `SELECT data FROM events WHERE type = 'session.refresh_reused'`,
      );
      expect(reused.map(({ data }) => data.userId)).toContain(session.user.id);
    });

    it('give a lost answer again, and twenty at once one successor', async () => {
      const session = await customer();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => open('post', '/auth/refresh').send({ refreshToken: session.refreshToken })),
      );
      expect(countByStatus(answers)).toEqual({ 200: 20 });
      expect(new Set(answers.map((answer) => (answer.body as Session).refreshToken)).size).toBe(1);
    });

    it('are over when a spent token comes after the grace', async () => {
      const session = await customer();
      const next = (await open('post', '/auth/refresh').send({ refreshToken: session.refreshToken }).expect(200))
        .body as Session;
      await shop.database.query(
        `UPDATE refresh_tokens SET spent_at = spent_at - interval '21 seconds' WHERE spent_at IS NOT NULL`,
      );
      expect(
        (await open('post', '/auth/refresh').send({ refreshToken: session.refreshToken }).expect(401)).body.code,
      ).toBe('refresh-token-reused');
      await open('post', '/auth/refresh').send({ refreshToken: next.refreshToken }).expect(401);
    });

    it('end at once for refreshing when the user logs out', async () => {
      const session = await customer();
      await as(session.accessToken, 'post', '/auth/logout').expect(204);
      await open('post', '/auth/refresh').send({ refreshToken: session.refreshToken }).expect(401);
    });

    it('are not opened by tokens that are expired, of another type, algorithm, key or audience', async () => {
      const { SignJWT } = await import('jose');
      const { createHash } = await import('node:crypto');
      const secret = 'dev_jwt_secret_for_the_embedded_demo_only';
      const user = await register();
      const kid = createHash('sha256').update(`kid:${secret}`).digest('hex').slice(0, 16);
      const make = (
        changes: { header?: object; audience?: string; expires?: number; key?: string; role?: string } = {},
      ) =>
        new SignJWT({ role: changes.role ?? 'superadmin', sid: randomUUID() })
          .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid, ...changes.header })
          .setSubject(user.id)
          .setIssuer('quittance')
          .setAudience(changes.audience ?? 'quittance-api')
          .setIssuedAt()
          .setExpirationTime(Math.floor(Date.now() / 1000) + (changes.expires ?? 60))
          .sign(new TextEncoder().encode(changes.key ?? secret));
      await as(await make(), 'get', '/auth/me').expect(200);
      for (const wrong of [
        { header: { typ: 'JWT' } },
        { header: { alg: 'HS512' } },
        { header: { kid: 'other' } },
        { audience: 'other' },
        { expires: -10 },
        { key: 'x'.repeat(41) },
        { role: 'king' },
      ]) {
        await as(await make(wrong), 'get', '/auth/me').expect(401);
      }
      const [header, payload] = (await make()).split('.');
      await as(`${header}.${payload}.`, 'get', '/auth/me').expect(401);
      await as(
        `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid })).toString('base64url')}.${payload}.`,
        'get',
        '/auth/me',
      ).expect(401);
    });
  });

  describe('every route of the OpenAPI document', () => {
    const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
      paths: Record<string, Record<string, { operationId: string; 'x-required-scope'?: string }>>;
    };
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        method: method as 'get',
        path: path.replace('{id}', '01939d00-0000-7000-8000-00000000dead'),
        scope: operation['x-required-scope'],
        id: operation.operationId,
      })),
    );
    const publicOnes = [
      'live',
      'ready',
      'listProducts',
      'getProduct',
      'receiveStripeEvent',
      'receiveProcessorEvent',
      'register',
      'login',
      'refresh',
    ];
    const customersMay = [
      'placeOrder',
      'listOrders',
      'getOrder',
      'cancelOrder',
      'createPaymentIntent',
      'confirmPaymentIntent',
      'cancelPaymentIntent',
      'takePayment',
      'listRefunds',
      'getBalances',
      'listEntries',
      'listPayments',
      'getPayment',
      'logout',
      'getMe',
      'changeMe',
      'exportMe',
      'eraseMe',
    ];

    it('is public on purpose or names its scope', () => {
      expect(
        operations
          .filter(({ scope }) => !scope)
          .map(({ id }) => id)
          .sort(),
      ).toEqual([...publicOnes].sort());
    });

    it('is closed to strangers, to customers who may not, and to keys without the scope', async () => {
      const { accessToken } = await customer();
      for (const { method, path, scope, id } of operations.filter((operation) => operation.scope)) {
        expect([id, (await open(method, path)).status]).toEqual([id, 401]);
        if (!customersMay.includes(id))
          expect([id, (await as(accessToken, method, path).send(method === 'get' ? undefined : {})).status]).toEqual([
            id,
            403,
          ]);
        const others = allScopes.filter((other) => other !== scope);
        const { key } = await apiKey(others);
        expect([id, (await as(key, method, path)).status]).toEqual([id, 403]);
      }
    });

    it('is open to who has just that scope', async () => {
      for (const { method, path, scope, id } of operations.filter(
        (operation) => operation.scope && operation.scope !== 'self',
      )) {
        const { key } = await apiKey([scope!]);
        expect([id, [401, 403].includes((await as(key, method, path)).status)]).toEqual([id, false]);
      }
    });
  });

  it('does not start with a route that declares nothing', async () => {
    const { OrdersController } = await import('#modules/orders/api/orders.controller.js');
    const list = Object.getOwnPropertyDescriptor(OrdersController.prototype, 'list')!.value as object;
    const scope = Reflect.getMetadata('access:scope', list) as string;
    Reflect.deleteMetadata('access:scope', list);
    try {
      await expect(Shop.open()).rejects.toThrow('OrdersController.list');
    } finally {
      Reflect.defineMetadata('access:scope', scope, list);
    }
  });

  describe('a customer', () => {
    it('orders for themselves only, and sees nothing of others', async () => {
      const mug = await shop.product({ stock: 100 });
      const [ada, bob] = [await customer(), await customer()];
      const place = (token: string, more = {}) =>
        as(token, 'post', '/orders')
          .set('Idempotency-Key', randomUUID())
          .send({ items: [{ productId: mug.id, quantity: 1 }], ...more });
      const order = (await place(ada.accessToken).expect(201)).body as { id: string; customerId: string };
      expect(order.customerId).toBe(ada.user.id);
      await place(ada.accessToken, { customerId: ada.user.id }).expect(201);
      await place(ada.accessToken, { customerId: bob.user.id }).expect(403);
      const intent = (await as(ada.accessToken, 'post', '/payments/intents').send({ orderId: order.id }).expect(201))
        .body as {
        id: string;
        paymentIntentId: string;
      };

      const missing = '01939d00-0000-7000-8000-00000000dead';
      const attempts: ['get' | 'post', (id: string) => string, (id: string) => object | undefined, string][] = [
        ['get', (id) => `/orders/${id}`, () => undefined, order.id],
        ['post', (id) => `/orders/${id}/cancel`, () => ({}), order.id],
        ['post', () => '/payments/intents', (id) => ({ orderId: id }), order.id],
        ['get', (id) => `/payments/${id}`, () => undefined, intent.id],
        ['get', (id) => `/payments/${id}`, () => undefined, intent.paymentIntentId],
        ['post', (id) => `/payments/intents/${id}/confirm`, () => ({ paymentMethodId: 'pm_card_visa' }), intent.id],
      ];
      for (const [method, path, body, id] of attempts) {
        const strip = ({
          status,
          body: { detail, instance, requestId: _, ...rest },
        }: {
          status: number;
          body: Record<string, string>;
        }) => ({
          status,
          rest,
          detail: detail?.replaceAll(id, '*').replaceAll(missing, '*'),
          instance: instance?.replaceAll(id, '*').replaceAll(missing, '*'),
        });
        const theirs = strip(await as(bob.accessToken, method, path(id)).send(body(id)));
        const nobodys = strip(await as(bob.accessToken, method, path(missing)).send(body(missing)));
        expect(theirs.status).toBe(404);
        expect(theirs).toEqual(nobodys);
      }
      expect((await as(bob.accessToken, 'get', '/orders').expect(200)).body.data).toEqual([]);
      expect((await as(bob.accessToken, 'get', '/payments').expect(200)).body.data).toEqual([]);
      await as(bob.accessToken, 'get', `/orders?customerId=${ada.user.id}`).expect(403);
      expect((await as(ada.accessToken, 'get', '/orders').expect(200)).body.data).toHaveLength(2);
      await as(ada.accessToken, 'post', `/orders/${order.id}/complete`).expect(403);
      await as(ada.accessToken, 'post', `/orders/${order.id}/cancel`).expect(200);
    });

    it('shares keys with nobody', async () => {
      const mug = await shop.product({ stock: 100 });
      const [ada, bob] = [await customer(), await customer()];
      const place = (token: string) =>
        as(token, 'post', '/orders')
          .set('Idempotency-Key', 'my-key')
          .send({ items: [{ productId: mug.id, quantity: 1 }] });
      const [first, second] = [await place(ada.accessToken).expect(201), await place(bob.accessToken).expect(201)];
      expect(second.body.id).not.toBe(first.body.id);
      expect(second.headers['idempotent-replayed']).toBeUndefined();
    });
  });

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
      const brief = await apiKey(['orders:read'], { expiresAt: new Date(Date.now() + 400).toISOString() });
      await as(brief.key, 'get', '/orders').expect(200);
      await eventually(
        async () => (await as(brief.key, 'get', '/orders')).status,
        (status) => status === 401,
        3_000,
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

  describe('roles', () => {
    it('are given by superadmins, end sessions, and the last superadmin stays', async () => {
      const [boss, second, admin] = [await staff('superadmin'), await staff('superadmin'), await staff('admin')];
      await as(admin.accessToken, 'get', '/orders').expect(200);
      await as(admin.accessToken, 'get', '/users').expect(403);
      await as(admin.accessToken, 'post', '/api-keys')
        .send({ name: 'x', scopes: ['admin'] })
        .expect(403);
      await as(boss.accessToken, 'patch', `/users/${admin.user.id}`).send({ role: 'customer' }).expect(200);
      await open('post', '/auth/refresh').send({ refreshToken: admin.refreshToken }).expect(401);
      const others = await shop.database.query<{ id: string }>(
        `SELECT id FROM users WHERE role = 'superadmin' AND NOT id = ANY($1)`,
        [[boss.user.id, second.user.id]],
      );
      for (const { id } of others)
        await as(boss.accessToken, 'patch', `/users/${id}`).send({ role: 'admin' }).expect(200);
      const answers = await Promise.all([
        as(boss.accessToken, 'patch', `/users/${boss.user.id}`).send({ role: 'admin' }),
        as(second.accessToken, 'patch', `/users/${second.user.id}`).send({ role: 'admin' }),
      ]);
      expect(countByStatus(answers)).toEqual({ 200: 1, 409: 1 });
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

  it('exports and forgets a person, and keeps the books', async () => {
    const mug = await shop.product({ stock: 10 });
    const ada = await customer();
    const placed = await as(ada.accessToken, 'post', '/orders')
      .set('Idempotency-Key', 'gdpr')
      .send({ items: [{ productId: mug.id, quantity: 1 }], shippingAddress: { street: 'Canary Lane 7' } })
      .expect(201);
    const payment = (
      await as(ada.accessToken, 'post', '/payments/intents').send({ orderId: placed.body.id }).expect(201)
    ).body as { id: string };
    await as(ada.accessToken, 'post', `/payments/intents/${payment.id}/confirm`)
      .send({ paymentMethodId: 'pm_card_visa' })
      .expect(202);
    await eventually(
      () => shop.orderNow(placed.body.id),
      (order) => order.status === 'completed',
    );
    const exported = (await as(ada.accessToken, 'get', '/auth/me/export').expect(200)).body;
    expect(exported).toMatchObject({
      account: { email: ada.user.email },
      orders: [{ shippingAddress: { street: 'Canary Lane 7' } }],
      payments: [{ id: payment.id, status: 'succeeded' }],
    });

    await as(ada.accessToken, 'delete', '/auth/me').expect(204);
    await open('post', '/auth/login').send({ email: ada.user.email, password: PASSWORD }).expect(401);
    await as(ada.accessToken, 'get', '/auth/me').expect(401);
    const tables = await shop.database.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    for (const { name } of tables) {
      const rows = JSON.stringify(await shop.database.query(`SELECT t::text AS row FROM ${name} t`));
      for (const canary of [ada.user.email, ada.user.id, 'Canary Lane'])
        expect([name, canary, rows.includes(canary)]).toEqual([name, canary, false]);
    }
    const kept = (await shop.get(`/orders/${placed.body.id}`).expect(200)).body as {
      customerId: string;
      total: number;
    };
    expect(kept).toMatchObject({ customerId: expect.stringMatching(/^erased-/), total: 1000 });
    await expect(shop.database.query(`UPDATE events SET type = 'x'`)).rejects.toThrow('append-only');
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
