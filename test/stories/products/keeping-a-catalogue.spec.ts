import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Shop } from '../../support/shop.js';

describe('keeping a catalogue', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  it('adds a product with sensible defaults', async () => {
    const { body, headers } = await shop.post('/products', { name: 'Tea', price: 300, currency: 'eur' }).expect(201);
    expect(body).toMatchObject({
      sku: null,
      name: 'Tea',
      description: null,
      price: 300,
      currency: 'EUR',
      stock: 0,
      active: true,
      metadata: {},
      version: 1,
    });
    expect(headers['location']).toBe(`/api/v1/products/${body.id}`);
    expect((await shop.get(`/products/${body.id}`).unset('X-Api-Key').expect(200)).body).toEqual(body);
  });

  it.each([
    { price: 0 },
    { price: -1 },
    { price: 1.5 },
    { price: '5' },
    { name: '' },
    { name: 'x'.repeat(256) },
    { currency: 'XXZ' },
    { currency: null },
    { stock: -1 },
    { sku: '' },
    { colour: 'red' },
    { price: 1e12 },
  ])('refuses a product with %j', async (wrong) => {
    await shop.post('/products', { name: 'Tea', price: 300, currency: 'EUR', ...wrong }).expect(400);
  });

  it('keeps SKUs unique', async () => {
    await shop.product({ sku: 'ONE' });
    expect(
      (await shop.post('/products', { name: 'x', price: 1, currency: 'USD', sku: 'ONE' }).expect(409)).body.code,
    ).toBe('sku-taken');
    const other = await shop.product({ sku: 'TWO' });
    expect((await shop.patch(`/products/${other.id}`, { sku: 'ONE' }).expect(409)).body.code).toBe('sku-taken');
  });

  it('changes only what is sent, and only the version that was seen', async () => {
    const tea = await shop.product({ name: 'Tea', description: 'green', sku: 'TEA' });
    const { headers } = await shop.get(`/products/${tea.id}`);
    const changed = await shop
      .patch(`/products/${tea.id}`, { description: null })
      .set('If-Match', headers['etag']!)
      .expect(200);
    expect(changed.body).toMatchObject({ name: 'Tea', sku: 'TEA', description: null, version: 2 });
    expect(
      (await shop.patch(`/products/${tea.id}`, { name: 'Tee' }).set('If-Match', headers['etag']!).expect(412)).body,
    ).toMatchObject({
      code: 'precondition-failed',
      version: 2,
    });
    await shop.patch(`/products/${tea.id}`, { stock: 5 }).expect(400);
    await shop.patch(`/products/01939d00-0000-7000-8000-00000000dead`, { name: 'x' }).expect(404);
    expect((await shop.eventsOf(tea.id)).map((event) => event.type)).toEqual(['product.created', 'product.updated']);
  });

  it('lets a merchant change a price while the stock moves, but tells readers of every unit', async () => {
    const tea = await shop.product({ stock: 10 });
    const { headers } = await shop.get(`/products/${tea.id}`);
    await shop.order(tea.id, 1);
    await shop.get(`/products/${tea.id}`).set('If-None-Match', headers['etag']!).expect(200);
    await shop.patch(`/products/${tea.id}`, { price: 999 }).set('If-Match', headers['etag']!).expect(200);
  });

  it('explains the stock by its history', async () => {
    const tea = await shop.product({ stock: 5 });
    const { body } = await shop
      .post(`/products/${tea.id}/stock-adjustments`, { delta: 7, reason: 'delivery' })
      .expect(201);
    expect(body).toMatchObject({ productId: tea.id, delta: 7, reason: 'delivery', stock: 12 });
    const refused = await shop
      .post(`/products/${tea.id}/stock-adjustments`, { delta: -13, reason: 'lost' })
      .expect(409);
    expect(refused.body).toMatchObject({ code: 'insufficient-stock', errors: [{ available: 12, requested: 13 }] });
    await shop.post(`/products/${tea.id}/stock-adjustments`, { delta: 0, reason: 'nothing' }).expect(400);
    const history = (await shop.get(`/products/${tea.id}/stock-adjustments`).expect(200)).body.data;
    expect(history.map((a: { delta: number; stock: number }) => [a.delta, a.stock])).toEqual([
      [7, 12],
      [5, 5],
    ]);
    await expect(shop.database.query('UPDATE stock_adjustments SET delta = 1')).rejects.toThrow('append-only');
    await expect(shop.database.query('DELETE FROM events')).rejects.toThrow('append-only');
  });

  it('deletes what was never ordered and keeps what was', async () => {
    const [never, once] = [await shop.product(), await shop.product()];
    const order = await shop.order(once.id);
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    await shop.delete(`/products/${never.id}`).expect(204);
    await shop.get(`/products/${never.id}`).expect(404);
    expect((await shop.delete(`/products/${once.id}`).expect(409)).body.code).toBe('product-in-use');
  });

  it('finds products', async () => {
    const kettle = await shop.product({ name: 'Gooseneck KETTLE', sku: 'K-1', stock: 0 });
    const find = async (query: string) =>
      (await shop.get(`/products?${query}`).expect(200)).body.data.map((p: { id: string }) => p.id);
    expect(await find('q=kettle')).toEqual([kettle.id]);
    expect(await find('sku=K-1')).toEqual([kettle.id]);
    expect(await find('q=kettle&inStock=true')).toEqual([]);
    expect(await find('q=kettle&inStock=false&active=true')).toEqual([kettle.id]);
    expect(await find('q=%25')).toEqual([]);
    await shop.get('/products?inStock=maybe').expect(400);
  });
});
