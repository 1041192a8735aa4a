import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Shop, type Product } from '../../support/shop.js';

describe('repeating a request with its Idempotency-Key', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product({ stock: 100 });
  });
  afterAll(() => shop.close());

  it('gets the same bytes, Location and ETag, and says so', async () => {
    const body = { items: [{ productId: mug.id, quantity: 1 }], metadata: { a: 1, b: { c: [1, 2] } } };
    const first = await shop.post('/orders', body, 'same').expect(201);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    // The order has moved on since, but the answer has not.
    await shop.post(`/orders/${first.body.id}/cancel`).expect(200);
    const reordered = { metadata: { b: { c: [1, 2] }, a: 1 }, items: [{ quantity: 1, productId: mug.id }] };
    for (const key of ['same', '"same"']) {
      const again = await shop.post('/orders', reordered, key).expect(201);
      expect(again.text).toBe(first.text);
      expect(again.headers).toMatchObject({
        location: first.headers['location'],
        etag: first.headers['etag'],
        'idempotent-replayed': 'true',
      });
    }
  });

  it('remembers business refusals, but not faults of the request', async () => {
    const short = await shop.product({ stock: 0 });
    const body = { items: [{ productId: short.id, quantity: 1 }] };
    const first = await shop.post('/orders', body, 'short').expect(409);
    await shop.post(`/products/${short.id}/stock-adjustments`, { delta: 5, reason: 'delivery' }).expect(201);
    const again = await shop.post('/orders', body, 'short').expect(409);
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotent-replayed']).toBe('true');
    await shop.post('/orders', { items: [] }, 'typo').expect(400);
    await shop.post('/orders', body, 'typo').expect(201);
  });

  it('refuses the key for another body or another route', async () => {
    await shop.post('/orders', { items: [{ productId: mug.id, quantity: 1 }] }, 'reused').expect(201);
    const { body } = await shop.post('/orders', { items: [{ productId: mug.id, quantity: 2 }] }, 'reused').expect(422);
    expect(body.code).toBe('idempotency-key-reused');
    expect(
      (await shop.post(`/products/${mug.id}/stock-adjustments`, { delta: 1, reason: 'x' }, 'reused').expect(422)).body
        .code,
    ).toBe('idempotency-key-reused');
    await shop.post('/orders', { items: [{ productId: mug.id, quantity: 1 }] }, 'reused').expect(201);
  });

  it('needs a key to place an order, and a sensible one', async () => {
    const request = () => shop.post('/orders', { items: [{ productId: mug.id, quantity: 1 }] });
    expect((await request().unset('Idempotency-Key').expect(400)).body.code).toBe('idempotency-key-missing');
    for (const key of ['', ' ', 'with space', 'x'.repeat(256), '""']) {
      expect((await request().set('Idempotency-Key', key).expect(400)).body.code).toMatch(
        /^idempotency-key-(invalid|missing)$/,
      );
    }
    await request().set('Idempotency-Key', 'x'.repeat(255)).expect(201);
  });

  it('honours a key where none is needed', async () => {
    const first = await shop.post('/products', { name: 'Kettle', price: 1, currency: 'EUR' }, 'kettle').expect(201);
    const again = await shop.post('/products', { name: 'Kettle', price: 1, currency: 'EUR' }, 'kettle').expect(201);
    expect(again.text).toBe(first.text);
    const adjusted = await Promise.all(
      Array.from({ length: 5 }, () =>
        shop.post(`/products/${first.body.id}/stock-adjustments`, { delta: 3, reason: 'delivery' }, 'adjust-once'),
      ),
    );
    expect(adjusted.every(({ status }) => status === 201)).toBe(true);
    expect(await shop.stockOf(first.body.id)).toBe(3);
  });
});
