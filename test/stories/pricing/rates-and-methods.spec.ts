import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Shop } from '../../support/shop.js';

describe('keeping tax rates, shipping methods and settings', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const latest = async () => (await shop.get('/tariffs?limit=1').expect(200)).body.data[0];

  it('publishes the next tariff with each change, and none without one', async () => {
    const made = await shop.post('/tax-rates', { country: 'DE', name: 'VAT', ratePpm: 190_000 }).expect(201);
    expect(made.body).toMatchObject({
      country: 'DE',
      region: null,
      taxClass: 'standard',
      ratePpm: 190_000,
      validTo: null,
      version: 1,
    });
    expect(made.headers['location']).toBe(`/api/v1/tax-rates/${made.body.id}`);
    const first = await latest();
    expect(first).toMatchObject({ changed: [`tax-rate ${made.body.id}`], publishedBy: expect.stringMatching(/^key:/) });
    const changed = await shop
      .patch(`/tax-rates/${made.body.id}`, { ratePpm: 160_000 })
      .set('If-Match', '"1"')
      .expect(200);
    expect(changed.body).toMatchObject({ ratePpm: 160_000, version: 2 });
    await shop.patch(`/tax-rates/${made.body.id}`, { ratePpm: 160_000 }).expect(200);
    expect((await latest()).version).toBe(first.version + 1);
    expect(
      (await shop.patch(`/tax-rates/${made.body.id}`, { ratePpm: 1 }).set('If-Match', '"1"').expect(412)).body.code,
    ).toBe('precondition-failed');
    const before = await shop.get(`/tariffs/${first.version}`).expect(200);
    expect(before.body.body.taxRates).toMatchObject([{ ratePpm: 190_000 }]);
    await shop.delete(`/tax-rates/${made.body.id}`).expect(204);
    await shop.get(`/tax-rates/${made.body.id}`).expect(404);
    expect((await shop.get(`/tariffs/${(await latest()).version}`).expect(200)).body.body.taxRates).toEqual([]);
    const tariffs = (await shop.get('/events?type=tariff.published').expect(200)).body.data;
    expect(tariffs.map((event: { data: { version: number } }) => event.data.version)).toEqual([3, 2, 1]);
  });

  it.each([
    ['/tax-rates', { country: 'de', name: 'x', ratePpm: 1 }],
    ['/tax-rates', { country: 'DE', name: 'x', ratePpm: 1_000_001 }],
    ['/tax-rates', { country: 'DE', name: 'x', ratePpm: 0.5 }],
    ['/tax-rates', { country: 'DE', ratePpm: 1 }],
    [
      '/tax-rates',
      { country: 'DE', name: 'x', ratePpm: 1, validFrom: '2027-01-01T00:00:00Z', validTo: '2026-01-01T00:00:00Z' },
    ],
    ['/shipping-methods', { code: 'x', name: 'x' }],
    ['/shipping-methods', { code: 'X y', name: 'x', prices: [{ currency: 'EUR', price: 1 }] }],
    ['/shipping-methods', { code: 'x', name: 'x', prices: [{ currency: 'EUR', price: -1 }] }],
    [
      '/shipping-methods',
      { code: 'x', name: 'x', prices: [{ currency: 'EUR', price: 1 }], areas: [{ country: 'Germany' }] },
    ],
    ['/promotions', { name: 'x', kind: 'percentage' }],
    ['/promotions', { name: 'x', kind: 'fixed', valuePpm: 1 }],
    ['/promotions', { name: 'x', kind: 'percentage', valuePpm: 1_000_001 }],
    ['/promotions', { name: 'x', kind: 'fixed', amounts: { XXZ: 1 } }],
    ['/promotions', { name: 'x', kind: 'buy-x-get-y', buyX: 2 }],
    ['/promotions', { name: 'x', kind: 'percentage', valuePpm: 1, target: 'products' }],
    ['/promotions', { name: 'x', kind: 'percentage', valuePpm: 1, conditions: { weather: 'rain' } }],
  ])('refuses %s %j', async (path, body) => {
    expect((await shop.post(path, body).expect(400)).body.code).toBe('validation-failed');
  });

  it('keeps the codes of shipping methods unique', async () => {
    const method = { code: 'post', name: 'Post', prices: [{ currency: 'EUR', price: 490 }] };
    const { body } = await shop.post('/shipping-methods', method).expect(201);
    expect(body).toMatchObject({ areas: '*', active: true, taxClass: 'standard' });
    expect((await shop.post('/shipping-methods', method).expect(409)).body.code).toBe('shipping-code-taken');
    await shop.patch(`/shipping-methods/${body.id}`, { active: false, areas: [{ country: 'DE' }] }).expect(200);
    expect((await shop.get(`/tariffs/${(await latest()).version}`)).body.body.shippingMethods).toEqual([]);
  });

  it('asks for the version of the settings, which move every price', async () => {
    const settings = { home: { country: 'DE' }, currencies: { EUR: { pricesIncludeTax: true } } };
    const read = await shop.get('/pricing-settings').expect(200);
    const put = (ifMatch: string | null) => {
      const request = shop.put('/pricing-settings', settings);
      return ifMatch === null ? request : request.set('If-Match', ifMatch);
    };
    expect((await put(null).expect(428)).body.code).toBe('precondition-required');
    await put('"77"').expect(412);
    const saved = await put(read.headers['etag']!).expect(200);
    expect(saved.body).toMatchObject({
      currencies: { EUR: { pricesIncludeTax: true, rounding: 'line', crossBorder: 'keep-gross' } },
      shippingTax: 'class',
      unknownDestination: 'untaxed',
    });
    expect((await shop.get('/pricing-settings').expect(200)).body).toEqual(saved.body);
    await shop
      .put('/pricing-settings', { ...settings, currencies: { EUR: { pricesIncludeTax: 'yes' } } })
      .set('If-Match', '*')
      .expect(400);
  });

  it('gives each promotion its codes, whose case means nothing', async () => {
    const { body } = await shop
      .post('/promotions', { name: 'Ten', kind: 'percentage', valuePpm: 100_000, needsCode: true })
      .expect(201);
    expect((await shop.post(`/promotions/${body.id}/codes`, { code: ' save10' }).expect(201)).body).toMatchObject({
      code: 'SAVE10',
      promotionId: body.id,
    });
    expect((await shop.post(`/promotions/${body.id}/codes`, { code: 'SAVE10' }).expect(409)).body.code).toBe(
      'coupon-code-taken',
    );
    await shop.post(`/promotions/${body.id}/codes`, { code: 'ab' }).expect(400);
    await shop.post(`/promotions/${body.id}/codes`, { code: 'SAVE20' }).expect(201);
    const page = await shop.get(`/promotions/${body.id}/codes?limit=1`).expect(200);
    expect(page.body.data).toMatchObject([{ code: 'SAVE10' }]);
    expect(
      (await shop.get(`/promotions/${body.id}/codes?limit=1&cursor=${page.body.nextCursor}`).expect(200)).body,
    ).toMatchObject({ data: [{ code: 'SAVE20' }], nextCursor: null });
    expect((await shop.delete(`/promotions/${body.id}`).expect(409)).body.code).toBe('promotion-in-use');
    await shop.patch(`/promotions/${body.id}`, { active: false }).expect(200);
  });

  it('is for keys with pricing:write and admins', async () => {
    for (const path of ['/tax-rates', '/shipping-methods', '/promotions', '/tariffs', '/pricing-settings'])
      await shop.get(path).unset('X-Api-Key').expect(401);
  });
});
