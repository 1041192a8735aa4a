import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Shop, type Product } from '../../support/shop.js';

describe('requests with odd members', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open({ orderAutoComplete: false, databasePoolMax: 4 });
    mug = await shop.product({ stock: 10_000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  it.each([
    '/products?q=%00',
    '/products?sku=a%00b',
    '/orders?customerId=%00',
    '/orders?createdFrom=2024-W05',
    '/orders?createdFrom=20240101',
    '/orders?createdTo=2024-01-01T10',
    '/orders?createdTo=2024-13-01T00:00:00Z',
  ])('%s is refused, not a fault of ours', async (path) => {
    await shop.get(path).expect(400);
  });

  it('a wrong parameter is named', async () => {
    for (const [query, parameter] of [
      ['limit=0', 'limit'],
      ['status=lost', 'status'],
      ['cursor=xyz', 'cursor'],
      ['unknown=1', 'unknown'],
    ])
      expect((await shop.get(`/orders?${query}`).expect(400)).body.errors).toMatchObject([{ parameter }]);
  });

  it('an order is found by its number, too', async () => {
    const order = await shop.order(mug.id, 1, { orderNumber: 'Größe 7/8' });
    for (const name of ['Größe 7/8', 'Gro\u0308ße 7/8 '])
      expect((await shop.get(`/orders/${encodeURIComponent(name)}`).expect(200)).body.id).toBe(order.id);
    expect((await shop.get(`/orders/${order.id.toUpperCase()}`).expect(200)).body.id).toBe(order.id);
    for (const none of ['Q-NONE', '%20', 'a'.repeat(400)]) await shop.get(`/orders/${none}`).expect(404);
  });

  it('lines that are lists are refused', async () => {
    for (const items of [[[{ productId: mug.id, quantity: 1 }]], [[]]])
      await shop.post('/orders', { items }).expect(400);
  });

  it('metadata comes back as it was sent, whatever its members are named', async () => {
    const metadata = { toString: 'a', valueOf: { hasOwnProperty: [1] }, plain: null };
    const order = await shop.order(mug.id, 1, { metadata, shippingAddress: metadata });
    expect(order).toMatchObject({ metadata, shippingAddress: metadata });
  });
});
