import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tariff } from '#modules/pricing/domain/quote.js';
import type { AppliedDiscount, ShippingLine, TaxLine } from '#modules/pricing/domain/quote-types.js';
import type { TariffBody } from '#modules/pricing/domain/tariff.js';
import { audit, clean } from '../../support/books.js';
import { Shop, type Product } from '../../support/shop.js';

interface StoredOrder {
  readonly id: string;
  readonly subtotal: number;
  readonly discount: number;
  readonly shipping: number;
  readonly tax: number;
  readonly total: number;
  readonly version: number;
  readonly created_at: Date;
  readonly shipping_address: object;
  readonly pricing: {
    readonly taxLines: readonly TaxLine[];
    readonly discounts: readonly AppliedDiscount[];
    readonly shippingLine: ShippingLine | null;
    readonly inputs: readonly { unitPrice: number; taxClass: string; weightG: number; requiresShipping: boolean }[];
  };
  readonly items: readonly { productId: string; quantity: number; discount: number; tax: number }[];
}

/** Each order of the shop, worked out again by the tariff that it names. */
async function repriced(shop: Shop): Promise<{ order: StoredOrder; again: ReturnType<Tariff['quote']> }[]> {
  const bodies = await shop.database.query<{ version: string; body: TariffBody }>('SELECT version, body FROM tariffs');
  const tariffs = new Map(bodies.map(({ version, body }) => [Number(version), new Tariff(Number(version), body)]));
  const orders = await shop.database.query<StoredOrder>(
    `SELECT o.id, o.subtotal::int, o.discount::int, o.shipping::int, o.tax::int, o.total::int, o.tariff_version::int AS version, o.created_at,
       o.shipping_address, o.pricing, (SELECT json_agg(json_build_object('productId', l.product_id, 'quantity', l.quantity, 'discount', l.discount,
       'tax', l.tax) ORDER BY l.position) FROM order_lines l WHERE l.order_id = o.id) AS items FROM orders o`,
  );
  return orders.map((order) => {
    const items = order.items.map(({ productId, quantity }, i) => ({
      productId,
      quantity,
      categoryIds: [],
      ...order.pricing.inputs[i]!,
    }));
    const request = {
      currency: 'EUR',
      items,
      address: order.shipping_address,
      shippingMethod: order.pricing.shippingLine?.code ?? null,
      customerId: null,
      isFirstOrder: false,
      taxExempt: null,
    };
    return { order, again: tariffs.get(order.version)!.quote(request, [], order.created_at) };
  });
}

describe('tariffs that are published while orders are placed', () => {
  let shop: Shop;
  let other: Shop;
  let mug: Product;
  let rateId: string;
  beforeAll(async () => {
    shop = await Shop.open();
    other = await Shop.open({}, shop.database);
    await shop
      .put('/pricing-settings', { home: { country: 'DE' }, currencies: { EUR: { pricesIncludeTax: false } } })
      .set('If-Match', '*')
      .expect(200);
    const rate = await shop.post('/tax-rates', { country: 'DE', name: 'VAT', ratePpm: 190_000 }).expect(201);
    rateId = rate.body.id;
    await shop
      .post('/shipping-methods', { code: 'post', name: 'Post', prices: [{ currency: 'EUR', price: 490 }] })
      .expect(201);
    await shop.post('/promotions', { name: 'Three', kind: 'percentage', valuePpm: 33_333 }).expect(201);
    mug = await shop.product({ price: 1_237, currency: 'EUR', stock: 100_000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await other.close();
    await shop.close();
  });

  const place = (at: Shop, quantity: number) =>
    at.post('/orders', {
      items: [{ productId: mug.id, quantity }],
      shippingAddress: { country: 'DE' },
      shippingMethod: 'post',
    });
  const latest = async () => (await shop.get('/tariffs?limit=1').expect(200)).body.data[0].version as number;

  it('decide every order that begins after them, on every process, and each order is explained by its own', async () => {
    let isDone = false;
    const buyers = [shop, other].flatMap((at) =>
      [1, 2, 3].map(async (quantity) => {
        let placed = 0;
        while (!isDone) {
          const published = await latest();
          const { body } = await place(at, quantity).expect(201);
          expect(body.tariffVersion).toBeGreaterThanOrEqual(published);
          placed++;
        }
        return placed;
      }),
    );
    for (let i = 1; i <= 25; i++) await shop.patch(`/tax-rates/${rateId}`, { ratePpm: 190_000 + i }).expect(200);
    isDone = true;
    const counts = await Promise.all(buyers);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    const all = await repriced(shop);
    expect(new Set(all.map(({ order }) => order.version)).size).toBeGreaterThan(1);
    for (const { order, again } of all) {
      const { subtotal, discount, shipping, tax, total } = again;
      expect({ subtotal, discount, shipping, tax, total, problems: again.problems }).toEqual({
        subtotal: order.subtotal,
        discount: order.discount,
        shipping: order.shipping,
        tax: order.tax,
        total: order.total,
        problems: [],
      });
      expect(again.taxLines).toEqual(order.pricing.taxLines);
      expect(again.lines.map((line) => [line.discount, line.tax])).toEqual(
        order.items.map((line) => [line.discount, line.tax]),
      );
    }
  });

  it('get numbers without gaps however many publish at once', async () => {
    const before = await latest();
    const answers = await Promise.all(
      [shop, other, shop, other, shop, other, shop, other].map((at, i) =>
        at.post('/tax-rates', { country: 'FR', name: 'TVA', ratePpm: 200_000 + i, taxClass: `class-${i}` }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(await latest()).toBe(before + answers.length);
    const body = (await shop.get(`/tariffs/${await latest()}`).expect(200)).body.body;
    expect(body.taxRates.filter((rate: { country: string }) => rate.country === 'FR')).toHaveLength(answers.length);
  });
});
