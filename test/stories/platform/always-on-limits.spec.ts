import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { countByStatus, Shop, type Order } from '../../support/shop.js';
import { postProcessorEvent, processorEvent } from '../../support/processor-event.js';
import { peopleOf } from '../access/people.js';

describe('limits that are always on', () => {
  it('count strangers by address, whatever they ask for', async () => {
    const shop = await Shop.open({ rateLimit: null, anonymousLimit: { requests: 5, seconds: 60 } });
    const ask = (path: string) => supertest(shop.url).get(`/api/v1${path}`);
    for (const path of ['/products', '/orders', '/products', '/auth/me', '/products']) await ask(path);
    const { headers, body } = await ask('/products').expect(429);
    expect([body.code, Number(headers['retry-after']) > 0]).toEqual(['rate-limited', true]);
    await ask('/orders').expect(429);
    await shop.get('/orders').expect(200);
    await supertest(shop.url).get('/health/live').expect(200);
    await shop.close();
  });

  it('let every signed message through, and few with a signature that does not hold', async () => {
    const shop = await Shop.open({
      anonymousLimit: { requests: 1, seconds: 60 },
      rateLimit: { requests: 1, seconds: 60 },
    });
    for (let i = 0; i < 10; i++) await postProcessorEvent(shop, processorEvent({ orderId: randomUUID() })).expect(200);
    const forged = await Promise.all(
      Array.from({ length: 130 }, () => postProcessorEvent(shop, processorEvent({}), 't=1,v1=00')),
    );
    expect(countByStatus(forged)).toEqual({ 401: 120, 429: 10 });
    await postProcessorEvent(shop, processorEvent({ orderId: randomUUID() })).expect(200);
    await shop.close();
  });

  it('count what a customer changes, and what all customers at an address change', async () => {
    const shop = await Shop.open({ customerWriteLimit: { requests: 6, seconds: 600 } });
    const { customer, as } = peopleOf(() => shop);
    const mug = await shop.product();
    const place = (token: string) =>
      as(token, 'post', '/orders')
        .set('Idempotency-Key', randomUUID())
        .send({ items: [{ productId: mug.id, quantity: 1 }] });
    // All accounts first: hashing their passwords takes long enough for the limit to let one more through.
    const [ada, ...others] = [await customer(), ...(await Promise.all(Array.from({ length: 9 }, () => customer())))];
    for (let i = 0; i < 6; i++) await place(ada.accessToken).expect(201);
    await place(ada.accessToken).expect(429);
    await as(ada.accessToken, 'get', '/orders').expect(200);
    const statuses = await Promise.all(others.flatMap(({ accessToken }) => [1, 2, 3].map(() => place(accessToken))));
    // Thirty in all from one address, of which six came from the first.
    expect(countByStatus(statuses)).toEqual({ 201: 24, 429: 3 });
    await shop.close();
  });

  it('pace the refusals of one address, and of no API key', async () => {
    const shop = await Shop.open({ rateLimit: null });
    let refused = 0;
    const strangers = Array.from({ length: 150 }, async () => {
      const { status } = await fetch(`${shop.url}/api/v1/orders`);
      refused++;
      return status;
    });
    // 50 refusals go out at once, then 50 a second.
    await shop.get('/orders').expect(200);
    const left = strangers.length - refused;
    expect(new Set(await Promise.all(strangers))).toEqual(new Set([401]));
    expect(left).toBeGreaterThan(50);
    const keys = await Promise.all(
      Array.from({ length: 300 }, () => supertest(shop.url).get('/api/v1/users').set('X-Api-Key', 'test-key-123')),
    );
    expect(countByStatus(keys)).toEqual({ 200: 300 });
    await shop.close();
  });

  it('leave places to wait in to others', async () => {
    const shop = await Shop.open({ simulatorDelayMs: 20_000 });
    const { customer, as } = peopleOf(() => shop);
    const mug = await shop.product();
    const ada = await customer();
    const waits = async () => {
      const orders: Order[] = [];
      for (let i = 0; i < 10; i++) orders.push(await shop.order(mug.id, 1, { customerId: ada.user.id }));
      orders.push(await shop.order(mug.id, 1, { customerId: ada.user.id }));
      return Promise.all(
        orders.map(({ id, total, currency }) =>
          as(ada.accessToken, 'post', '/payments')
            .set('Idempotency-Key', randomUUID())
            .set('Prefer', 'wait=2')
            .send({ orderId: id, amount: total, currency, paymentMethodId: 'pm_card_visa' }),
        ),
      );
    };
    const answers = await waits();
    const waited = answers.filter(({ headers }) => headers['preference-applied'] === 'wait=2');
    expect([waited.length, answers.every(({ status }) => status === 202)]).toEqual([10, true]);
    await shop.close();
  });
});
