import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Shop, type Product } from '../../support/shop.js';

interface Priced {
  readonly id: string;
  readonly total: number;
}

describe('orders under a tariff', () => {
  let shop: Shop;
  let mug: Product;
  let book: Product;
  const austria = { country: 'AT', city: 'Wien' };
  beforeAll(async () => {
    shop = await Shop.open();
    await shop
      .put('/pricing-settings', { home: { country: 'DE' }, currencies: { EUR: { pricesIncludeTax: true } } })
      .set('If-Match', '*')
      .expect(200);
    for (const [country, ratePpm, taxClass] of [
      ['DE', 190_000, 'standard'],
      ['AT', 200_000, 'standard'],
      ['AT', 100_000, 'reduced'],
    ])
      await shop.post('/tax-rates', { country, name: 'VAT', ratePpm, taxClass }).expect(201);
    await shop
      .post('/shipping-methods', {
        code: 'standard',
        name: 'Standard',
        prices: [
          { currency: 'EUR', price: 490 },
          { currency: 'EUR', price: 0, minGoods: 10_000 },
        ],
      })
      .expect(201);
    mug = await shop.product({ price: 1_200, currency: 'EUR', stock: 1_000 });
    book = await shop.product({ price: 1_100, currency: 'EUR', stock: 1_000, taxClass: 'reduced' });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const items = (...products: (readonly [Product, number])[]) =>
    products.map(([{ id }, quantity]) => ({ productId: id, quantity }));
  const order = (more: object) =>
    shop.post('/orders', { shippingAddress: austria, shippingMethod: 'standard', ...more });
  const withCode = async (code: string, promotion: object) => {
    const { body } = await shop.post('/promotions', { name: code, needsCode: true, ...promotion }).expect(201);
    await shop.post(`/promotions/${body.id}/codes`, { code }).expect(201);
  };

  it('charge shipping and tax, and say how', async () => {
    const { body } = await order({
      items: items([mug, 2], [book, 1]),
      email: 'ada@example.com',
      billingAddress: { country: 'DE' },
    }).expect(201);
    expect(body).toMatchObject({
      subtotal: 3_500,
      discount: 0,
      shipping: 490,
      tax: 400 + 100 + 82,
      taxIncluded: true,
      total: 3_990,
      tariffVersion: 5,
      email: 'ada@example.com',
      billingAddress: { country: 'DE' },
      items: [
        { tax: 400, ratePpm: 200_000 },
        { tax: 100, ratePpm: 100_000 },
      ],
      shippingLine: { code: 'standard', price: 490, discount: 0, tax: 82, ratePpm: 200_000 },
      taxLines: [
        { country: 'AT', ratePpm: 200_000, amount: 482 },
        { country: 'AT', ratePpm: 100_000, amount: 100 },
      ],
    });
    expect((await shop.get(`/orders/${body.id}`).expect(200)).body).toEqual(body);
    const placed = (await shop.get(`/events?subjectId=${body.id}`).expect(200)).body.data[0];
    expect(placed.data).toMatchObject({ discount: 0, taxIncluded: true, tax: 582, shipping: 490, total: 3_990 });
  });

  it('cost what the quote said', async () => {
    const asked = { items: items([mug, 9]), shippingAddress: austria, shippingMethod: 'standard' };
    const quote = (await shop.post('/quotes', asked).unset('X-Api-Key').expect(200)).body;
    expect(quote).toMatchObject({
      total: 10_800,
      shipping: 0,
      complete: true,
      problems: [],
      shippingOptions: [{ code: 'standard', price: 0 }],
    });
    await order({ ...asked, expectedTotal: quote.total }).expect(201);
    const other = await order({ ...asked, expectedTotal: quote.total - 1 }).expect(409);
    expect(other.body).toMatchObject({ code: 'total-changed', quote: { total: 10_800 } });
    const bare = (await shop.post('/quotes', { items: items([mug, 1]) }).expect(200)).body;
    expect(bare).toMatchObject({
      complete: false,
      taxEstimated: true,
      tax: 192,
      problems: [{ code: 'address-incomplete' }, { code: 'shipping-method-required' }],
    });
    await shop.post('/quotes', { items: items([mug, 1]), currency: 'eur' }).expect(200);
    const inDollars = await shop.post('/quotes', { items: items([mug, 1]), currency: 'USD' }).expect(422);
    expect(inDollars.body.code).toBe('mixed-currencies');
    await shop
      .post('/quotes', { items: items([mug, 1]) })
      .set('X-Api-Key', 'wrong')
      .expect(401);
    await shop
      .post('/quotes', { items: [{ productId: '01939d00-0000-7000-8000-00000000dead', quantity: 1 }] })
      .expect(422);
  });

  it('are refused when something is missing, and take no stock', async () => {
    const before = await shop.stockOf(mug.id);
    const refused = async (more: object, status: number) =>
      (await order({ items: items([mug, 1]), ...more }).expect(status)).body;
    expect(await refused({ shippingMethod: null }, 422)).toMatchObject({
      code: 'shipping-method-required',
      errors: [{ pointer: '#/shippingMethod', options: [{ code: 'standard', price: 490 }] }],
    });
    expect((await refused({ shippingMethod: 'drone' }, 422)).code).toBe('shipping-method-not-available');
    expect(await refused({ shippingAddress: {} }, 422)).toMatchObject({
      code: 'address-incomplete',
      errors: [{ pointer: '#/shippingAddress/country' }],
    });
    expect(await refused({ couponCodes: ['NO-SUCH'] }, 409)).toMatchObject({
      code: 'coupon-not-applicable',
      errors: [{ pointer: '#/couponCodes/0', reason: 'invalid' }],
    });
    await refused({ email: 'ada' }, 400);
    await refused({ couponCodes: ['A', 'B', 'C', 'D', 'E', 'F'] }, 400);
    expect(await shop.stockOf(mug.id)).toBe(before);
  });

  it('in a currency of its own are as they were', async () => {
    const usd = await shop.product({ price: 1_000, currency: 'USD', stock: 5 });
    const { body } = await shop.post('/orders', { items: items([usd, 2]) }).expect(201);
    expect(body).toMatchObject({
      subtotal: 2_000,
      tax: 0,
      shipping: 0,
      total: 2_000,
      taxLines: [],
      shippingLine: null,
    });
  });

  it('get what their codes promise, to the cent', async () => {
    await withCode('TENOFF', { kind: 'fixed', amounts: { EUR: 1_000 } });
    const { body } = await order({ items: items([mug, 1], [book, 1]), couponCodes: ['tenoff'] }).expect(201);
    expect(body).toMatchObject({
      subtotal: 2_300,
      discount: 1_000,
      total: 2_300 - 1_000 + 490,
      discounts: [{ code: 'TENOFF', amount: 1_000, lines: [522, 478] }],
    });
    expect(body.items.map((line: { discount: number }) => line.discount)).toEqual([522, 478]);
    await withCode('BIG', { kind: 'percentage', valuePpm: 500_000, conditions: { minGoods: { EUR: 5_000 } } });
    expect((await order({ items: items([mug, 1]), couponCodes: ['BIG'] }).expect(409)).body.errors).toMatchObject([
      { reason: 'conditions-not-met', minGoods: 5_000, missing: 3_800 },
    ]);
  });

  it('are explained step by step, and a cent that is not right is named', async () => {
    await withCode('SHIPFREE', { kind: 'free-shipping' });
    const { body } = await order({
      items: items([mug, 2], [book, 3]),
      couponCodes: ['SHIPFREE', 'TENOFF'],
      customerId: 'ada',
    }).expect(201);
    const explained = (await shop.get(`/orders/${body.id}/pricing`).expect(200)).body;
    expect(explained).toMatchObject({ orderId: body.id, tariffVersion: body.tariffVersion, differences: [] });
    const steps = explained.steps as { step: string; amount: number; line: number | null }[];
    expect(steps.map(({ step }) => step)).toEqual([
      ...['goods', 'goods', 'discount', 'discount', 'shipping', 'shipping-discount', 'tax', 'tax', 'total'],
    ]);
    expect(steps.slice(0, -1).reduce((sum, { amount }) => sum + amount, 0)).toBe(body.total);
    const placed = (await shop.get(`/events?subjectId=${body.id}`).expect(200)).body.data[0];
    expect(placed.data.discounts).toMatchObject([
      { code: 'TENOFF', amount: 1_000 },
      { code: 'SHIPFREE', amount: 490 },
    ]);
    await shop.database.query(`UPDATE order_lines SET tax = tax + 1 WHERE order_id = '${body.id}' AND position = 1`);
    const [tax] = body.items.slice(1).map((line: { tax: number }) => line.tax);
    expect((await shop.get(`/orders/${body.id}/pricing`).expect(200)).body.differences).toEqual([
      { figure: 'items/1/tax', stored: tax + 1, computed: tax },
    ]);
    await shop.database.query(`UPDATE order_lines SET tax = tax - 1 WHERE order_id = '${body.id}' AND position = 1`);
    await shop.get('/orders/01939d00-0000-7000-8000-00000000dead/pricing').expect(404);
  });

  it('of which nothing is left to pay are paid and completed at once', async () => {
    await withCode('GIFT', { kind: 'percentage', valuePpm: 1_000_000 });
    const digital = await shop.product({ price: 500, currency: 'EUR', stock: 10, requiresShipping: false });
    const { body } = await order({ items: items([digital, 2]), couponCodes: ['GIFT'], shippingMethod: null }).expect(
      201,
    );
    expect(body).toMatchObject({
      total: 0,
      tax: 0,
      status: 'completed',
      paymentStatus: 'paid',
      expiresAt: null,
      amountPaid: 0,
    });
    expect((await shop.eventsOf(body.id)).map(({ type }) => type)).toEqual(['order.placed', 'order.completed']);
    expect(await shop.stockOf(digital.id)).toBe(8);
    expect((await shop.post('/payments/intents', { orderId: body.id }).expect(422)).body.code).toBe('nothing-to-pay');
    await shop.post('/balances/ada/deposits', { amount: 100, currency: 'EUR' });
    const held = await order({
      items: items([digital, 1]),
      couponCodes: ['GIFT'],
      shippingMethod: null,
      customerId: 'ada',
      paymentMethod: 'balance',
    }).expect(201);
    expect(held.body).toMatchObject({ status: 'completed', paymentStatus: 'paid', total: 0 });
  });

  it('are priced by the tariff of their moment, also after a rollback', async () => {
    const place = async () =>
      (await order({ items: items([mug, 1]) }).expect(201)).body as Priced & { tariffVersion: number; tax: number };
    const before = await place();
    const { data } = (await shop.get('/tax-rates').expect(200)).body;
    const rate = data.find(
      (one: { country: string; taxClass: string }) => one.country === 'AT' && one.taxClass === 'standard',
    );
    await shop.patch(`/tax-rates/${rate.id}`, { ratePpm: 100_000 }).expect(200);
    const after = await place();
    expect([before.tax, after.tax]).toEqual([200 + 82, 109 + 45]);
    expect(after.tariffVersion).toBe(before.tariffVersion + 1);
    const rolledBack = (await shop.post('/tariff/rollback', { version: before.tariffVersion }).expect(200)).body;
    expect(await place()).toMatchObject({ tax: before.tax, tariffVersion: rolledBack.version });
    expect((await shop.get(`/orders/${after.id}`).expect(200)).body.tax).toBe(after.tax);
    await shop.post('/tariff/rollback', { version: 9_999 }).expect(404);
  });
});
