import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allScopes } from '#ports/caller.js';
import { countByStatus, Shop } from '../../support/shop.js';
import { peopleOf } from './people.js';

describe('who may do what', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop.close());
  const { open, as, customer, staff, apiKey } = peopleOf(() => shop);

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
      'receiveNamedProcessorEvent',
      'register',
      'login',
      'refresh',
      // With a caller or without one.
      'createQuote',
    ];
    const customersMay = [
      'placeOrder',
      'listOrders',
      'explainOrderPricing',
      'getOrder',
      'cancelOrder',
      'createPaymentIntent',
      'confirmPaymentIntent',
      'cancelPaymentIntent',
      'takePayment',
      'savePaymentMethod',
      'listPaymentMethods',
      'getPaymentMethod',
      'detachPaymentMethod',
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
      'listSessions',
      'endSession',
      'changePassword',
      'reauthenticate',
      'getMfa',
      'confirmMfa',
      'removeMfa',
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

    it('shares keys with no other caller', async () => {
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
});
