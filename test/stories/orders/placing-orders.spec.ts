import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { eventually, Shop, type Order, type Product } from '../../support/shop.js';

const untaxed = { discount: 0, tax: 0, ratePpm: 0 };

describe('placing orders', () => {
  let shop: Shop;
  let mug: Product;
  let beans: Product;

  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product({ price: 1450, stock: 1000 });
    beans = await shop.product({ price: 2999, stock: 1000, sku: 'BEANS' });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  it('takes the stock and keeps the catalogue’s prices', async () => {
    const answer = await shop.post('/orders', {
      items: [
        { productId: mug.id, quantity: 2 },
        { productId: beans.id, quantity: 1, unitPrice: 2999 },
      ],
      customerId: 'c-1',
      orderNumber: 'N-1',
      shippingAddress: { city: 'London' },
      metadata: { cart: 7 },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ location: `/api/v1/orders/${answer.body.id}`, etag: '"1"' });
    expect(answer.body).toMatchObject({
      orderNumber: 'N-1',
      customerId: 'c-1',
      status: 'pending',
      paymentStatus: 'unpaid',
      paymentMethod: 'card',
      currency: 'USD',
      subtotal: 5899,
      tax: 0,
      shipping: 0,
      total: 5899,
      shippingAddress: { city: 'London' },
      metadata: { cart: 7 },
      version: 1,
      cancelReason: null,
      completedAt: null,
      canceledAt: null,
    });
    expect(answer.body.items).toEqual([
      { productId: mug.id, sku: null, name: 'Mug', quantity: 2, unitPrice: 1450, total: 2900, ...untaxed },
      { productId: beans.id, sku: 'BEANS', name: 'Mug', quantity: 1, unitPrice: 2999, total: 2999, ...untaxed },
    ]);
    expect(await shop.stockOf(mug.id)).toBe(998);
    await shop.patch(`/products/${mug.id}`, { price: 1600 }).expect(200);
    expect((await shop.orderNow(answer.body.id)).items[0]!.unitPrice).toBe(1450);
    await shop.patch(`/products/${mug.id}`, { price: 1450 }).expect(200);
  });

  it('merges lines of one product and checks them against the same stock', async () => {
    const print = await shop.product({ stock: 3 });
    const twice = [
      { productId: print.id, quantity: 2 },
      { productId: print.id, quantity: 2 },
    ];
    const { body } = await shop.post('/orders', { items: twice }).expect(409);
    expect(body).toMatchObject({
      code: 'insufficient-stock',
      errors: [{ productId: print.id, requested: 4, available: 3, pointer: '#/items/0/quantity' }],
    });
    const order = (
      await shop.post('/orders', { items: [twice[0]!, { productId: print.id.toUpperCase(), quantity: 1 }] }).expect(201)
    ).body as Order;
    expect(order.items).toHaveLength(1);
    expect(order.items[0]!.quantity).toBe(3);
  });

  it('takes nothing when one line is short, and names every short line', async () => {
    const [one, two] = [await shop.product({ stock: 1 }), await shop.product({ stock: 0 })];
    const before = await shop.stockOf(mug.id);
    const items = [mug, one, two].map(({ id }) => ({ productId: id, quantity: 2 }));
    const { body } = await shop.post('/orders', { items }).expect(409);
    expect(body.errors.map((e: { productId: string; available: number }) => [e.productId, e.available])).toEqual([
      [one.id, 1],
      [two.id, 0],
    ]);
    expect(await shop.stockOf(mug.id)).toBe(before);
  });

  it('refuses an asserted price that is no longer true', async () => {
    const { body } = await shop
      .post('/orders', { items: [{ productId: mug.id, quantity: 1, unitPrice: 1 }] })
      .expect(409);
    expect(body).toMatchObject({
      code: 'price-changed',
      errors: [{ productId: mug.id, unitPrice: 1, currentPrice: 1450 }],
    });
  });

  it('refuses unknown and inactive products, mixed currencies and taken order numbers', async () => {
    const hidden = await shop.product({ active: false });
    const yen = await shop.product({ currency: 'jpy' });
    const place = (items: object[], more = {}) => shop.post('/orders', { items, ...more });
    expect((await place([{ productId: hidden.id, quantity: 1 }]).expect(422)).body.code).toBe('product-unavailable');
    expect(
      (await place([{ productId: '01939d00-0000-7000-8000-00000000dead', quantity: 1 }]).expect(422)).body.code,
    ).toBe('product-unavailable');
    expect(
      (
        await place([
          { productId: yen.id, quantity: 1 },
          { productId: mug.id, quantity: 1 },
        ]).expect(422)
      ).body.code,
    ).toBe('mixed-currencies');
    await place([{ productId: mug.id, quantity: 1 }], { orderNumber: 'TAKEN' }).expect(201);
    expect((await place([{ productId: mug.id, quantity: 1 }], { orderNumber: 'TAKEN' }).expect(409)).body.code).toBe(
      'order-number-taken',
    );
    expect(
      (await place([{ productId: mug.id, quantity: 1 }], { paymentMethod: 'balance' }).expect(400)).body.errors[0]
        .pointer,
    ).toBe('#/customerId');
  });

  it.each([
    [{ items: [] }, '#/items'],
    [{ items: [{ productId: 'x', quantity: 1 }] }, '#/items/0/productId'],
    [{ items: [{ productId: '01939d00-0000-7000-8000-000000000001', quantity: 0 }] }, '#/items/0/quantity'],
    [{ items: [{ productId: '01939d00-0000-7000-8000-000000000001', quantity: 10_001 }] }, '#/items/0/quantity'],
    [{ items: [{ productId: '01939d00-0000-7000-8000-000000000001', quantity: 1.5 }] }, '#/items/0/quantity'],
    [{ items: [{ productId: '01939d00-0000-7000-8000-000000000001', quantity: '1' }] }, '#/items/0/quantity'],
    [{ items: [{ productId: '01939d00-0000-7000-8000-000000000001', quantity: 1, price: 1 }] }, '#/items/0/price'],
    [{ items: [{ productId: '01939d00-0000-7000-8000-000000000001', quantity: 1 }], total: 1 }, '#/total'],
    [{ items: [{ productId: '01939d00-0000-7000-8000-000000000001', quantity: 1 }], customerId: '' }, '#/customerId'],
    [{ items: [{ productId: '01939d00-0000-7000-8000-000000000001', quantity: 1 }], metadata: [] }, '#/metadata'],
    [{ items: 'all' }, '#/items'],
    [{ items: [null] }, '#/items'],
    [{}, '#/items'],
  ])('refuses %j and points at what is wrong', async (body, pointer) => {
    const answer = await shop.post('/orders', body).expect(400);
    expect(answer.body.code).toBe('validation-failed');
    expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toContainEqual(
      expect.stringContaining(pointer),
    );
  });

  it('restores every unit when an order is canceled, once', async () => {
    const print = await shop.product({ stock: 5 });
    const order = await shop.order(print.id, 4);
    expect(await shop.stockOf(print.id)).toBe(1);
    expect((await shop.post(`/orders/${order.id}/cancel`, { reason: 'too blue' }).expect(200)).body).toMatchObject({
      status: 'canceled',
      cancelReason: 'too blue',
      version: 2,
    });
    expect((await shop.post(`/orders/${order.id}/cancel`, { reason: 'again' }).expect(200)).body).toMatchObject({
      cancelReason: 'too blue',
      version: 2,
    });
    expect(await shop.stockOf(print.id)).toBe(5);
    expect((await shop.eventsOf(order.id)).map((event) => event.type)).toEqual(['order.placed', 'order.canceled']);
  });

  it('keeps completed and canceled orders as they are', async () => {
    const order = await shop.order(mug.id, 1, { paymentMethod: 'manual' });
    expect((await shop.post(`/orders/${order.id}/complete`).expect(200)).body).toMatchObject({
      status: 'completed',
      paymentStatus: 'paid',
    });
    await shop.post(`/orders/${order.id}/complete`).expect(200);
    expect((await shop.post(`/orders/${order.id}/cancel`).expect(409)).body).toMatchObject({
      code: 'invalid-transition',
      from: 'completed',
      to: 'canceled',
    });
    const canceled = await shop.order(mug.id);
    await shop.post(`/orders/${canceled.id}/cancel`).expect(200);
    expect((await shop.post(`/orders/${canceled.id}/complete`).expect(409)).body).toMatchObject({
      code: 'invalid-transition',
      from: 'canceled',
      to: 'completed',
    });
  });

  it('does not complete what is not paid', async () => {
    const order = await shop.order(mug.id);
    expect((await shop.post(`/orders/${order.id}/complete`).expect(409)).body).toMatchObject({
      code: 'payment-required',
      paymentStatus: 'unpaid',
    });
    await shop.post(`/orders/${order.id}/complete`, { now: true }).expect(400);
  });

  it('answers 304 to who has the order already', async () => {
    const order = await shop.order(mug.id);
    const { headers } = await shop.get(`/orders/${order.id}`).expect(200);
    await shop.get(`/orders/${order.id}`).set('If-None-Match', headers['etag']!).expect(304);
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    await shop.get(`/orders/${order.id}`).set('If-None-Match', headers['etag']!).expect(200);
  });

  it('lists newest first without skipping or repeating while others are placed, and filters', async () => {
    const mine: string[] = [];
    for (let i = 0; i < 7; i++) mine.unshift((await shop.order(mug.id, 1, { customerId: 'lister' })).id);
    const seen: string[] = [];
    let path: string | null = '/orders?customerId=lister&limit=3';
    while (path) {
      const answer: { body: { data: Order[]; nextCursor: string | null }; headers: Record<string, string> } = await shop
        .get(path)
        .expect(200);
      seen.push(...answer.body.data.map((o) => o.id));
      await shop.order(mug.id, 1, { customerId: 'lister' });
      const next: string | undefined = /<\/api\/v1([^>]+)>; rel="next"/.exec(answer.headers['link'] ?? '')?.[1];
      expect(Boolean(next)).toBe(answer.body.nextCursor !== null);
      path = next ?? null;
    }
    expect(seen).toEqual(mine);
    expect((await shop.get('/orders?orderNumber=N-1').expect(200)).body.data).toHaveLength(1);
    expect((await shop.get('/orders?customerId=lister&status=canceled').expect(200)).body.data).toHaveLength(0);
    expect((await shop.get('/orders?createdFrom=2999-01-01T00:00:00Z').expect(200)).body.data).toHaveLength(0);
    await shop.get('/orders?createdFrom=yesterday').expect(400);
    await shop.get('/orders?status=lost').expect(400);
  });
});

describe('orders that are not paid', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ orderPaymentTtl: 1 });
  });
  afterAll(() => shop.close());

  it('expire after their time and give their units back; manual ones stay', async () => {
    const mug = await shop.product({ stock: 10 });
    const [card, manual] = [await shop.order(mug.id, 3), await shop.order(mug.id, 2, { paymentMethod: 'manual' })];
    const expired = await eventually(
      () => shop.orderNow(card.id),
      (order) => order.status === 'canceled',
    );
    expect(expired.cancelReason).toBe('expired');
    expect((await shop.orderNow(manual.id)).status).toBe('pending');
    expect(await shop.stockOf(mug.id)).toBe(8);
    expect(await audit(shop.database)).toEqual(clean);
  });
});
