import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { PlainShop } from '../../support/plain-shop.js';
import { eventually, Shop } from '../../support/shop.js';

const SECRET = 'the secret of the plain processor';
interface Product {
  id: string;
  name: string;
  price: number;
  stock: number;
}
interface Order {
  id: string;
  status: string;
  paid: boolean;
  total: number;
  items: { productId: string; quantity: number; price: number }[];
}

/** What programs expect that were written for a small shop API, through an adapter and the setting PROCESSORS. */
describe('a plain shop API in front', () => {
  let shop: Shop;
  let plain: PlainShop;
  beforeAll(async () => {
    const processors = [{ name: 'plain', secrets: [SECRET], header: 'x-plain-signature', format: 'hex' as const }];
    shop = await Shop.open({ processors });
    plain = await PlainShop.open(shop.url);
  });
  afterAll(async () => {
    await shop.ownReactionsAreDone();
    expect(await audit(shop.database)).toMatchObject(clean);
    await plain.close();
    await shop.close();
  });

  const ask = async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${plain.url}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as T };
  };
  const product = async (draft: object = {}) =>
    (await ask<Product>('POST', '/products', { name: 'Mug', price: 19.99, stock: 10, ...draft })).body;
  const order = async ({ id }: Product, quantity = 1) =>
    (await ask<Order>('POST', '/orders', { items: [{ productId: id, quantity }] })).body;
  const put = (id: string, status: string) => ask<Order & { code: string }>('PUT', `/orders/${id}/status`, { status });
  const orderNow = async (id: string) => (await ask<Order>('GET', `/orders/${id}`)).body;
  const stockOf = async ({ id }: Product) => (await ask<Product>('GET', `/products/${id}`)).body.stock;
  const sign = (body: string, secret = SECRET) => createHmac('sha256', secret).update(body).digest('hex');
  const told = (of: Order, more: object = {}, type = 'payment.succeeded', id: string = randomUUID()) =>
    JSON.stringify({
      id,
      type,
      data: { orderId: of.id, amount: Math.round(of.total * 100), currency: 'USD', ...more },
    });
  const tell = (body: string, signature: string | null = sign(body)) =>
    ask<{ received?: boolean; duplicate?: boolean; reason?: string }>('POST', '/webhooks/payment', body, {
      ...(signature !== null && { 'x-signature': signature }),
    });
  const paid = async (of: Order) => {
    expect((await tell(told(of))).status).toBe(200);
    return eventually(
      () => orderNow(of.id),
      (now) => now.paid,
    );
  };

  describe('keeps products', () => {
    it('with decimal prices', async () => {
      expect(await product({ price: 19.99 })).toMatchObject({ name: 'Mug', price: 19.99, stock: 10 });
    });
    it.each([0.01, 0.29, 1.1, 8.2, 9_999_999.99])('at %d exactly', async (price) => {
      expect((await product({ price })).price).toBe(price);
    });
    it.each([
      ['a third decimal', { price: 19.999 }],
      ['a negative price', { price: -1 }],
      ['a price in words', { price: 'ten' }],
      ['no name', { name: '' }],
      ['negative stock', { stock: -1 }],
    ])('and refuses %s', async (_, draft) => {
      expect((await ask('POST', '/products', { name: 'Mug', price: 1, stock: 1, ...draft })).status).toBe(400);
    });
    it('lists and finds them, and says when there is none', async () => {
      const mug = await product();
      expect((await ask<Product[]>('GET', '/products?limit=5')).body).toContainEqual(
        expect.objectContaining({ id: mug.id }),
      );
      expect((await ask('GET', `/products/${mug.id}`)).body).toMatchObject(mug);
      expect((await ask('GET', `/products/${randomUUID()}`)).status).toBe(404);
    });
    it('changes prices and stock by what is put', async () => {
      const mug = await product();
      const { body } = await ask<Product>('PUT', `/products/${mug.id}`, { price: 24.5, stock: 3 });
      expect(body).toMatchObject({ price: 24.5, stock: 3 });
    });
    it('deletes what was never ordered, and nothing else', async () => {
      const [sold, unsold] = [await product(), await product()];
      await order(sold);
      expect((await ask('DELETE', `/products/${unsold.id}`)).status).toBe(204);
      expect((await ask('DELETE', `/products/${sold.id}`)).status).toBe(409);
    });
  });

  describe('takes orders', () => {
    it('whose totals are exact', async () => {
      const placed = await order(await product({ price: 0.1 }), 3);
      expect(placed).toMatchObject({
        status: 'pending',
        paid: false,
        total: 0.3,
        items: [{ quantity: 3, price: 0.1 }],
      });
    });
    it('and the stock with them', async () => {
      const mug = await product();
      await order(mug, 4);
      expect(await stockOf(mug)).toBe(6);
    });
    it('or refuses them whole', async () => {
      const [few, many] = [await product({ stock: 1 }), await product()];
      const items = [many, few].map(({ id }) => ({ productId: id, quantity: 2 }));
      expect(await ask('POST', '/orders', { items })).toMatchObject({
        status: 409,
        body: { code: 'insufficient-stock' },
      });
      expect([await stockOf(few), await stockOf(many)]).toEqual([1, 10]);
    });
    it.each([
      ['no lines', () => []],
      ['a quantity of nothing', ({ id }: Product) => [{ productId: id, quantity: 0 }]],
      ['half a unit', ({ id }: Product) => [{ productId: id, quantity: 0.5 }]],
    ])('and refuses %s', async (_, items) => {
      expect((await ask('POST', '/orders', { items: items(await product()) })).status).toBe(400);
    });
    it('of products that there are', async () => {
      const items = [{ productId: randomUUID(), quantity: 1 }];
      expect((await ask('POST', '/orders', { items })).status).toBe(422);
    });
    it('at the price of the moment', async () => {
      const mug = await product({ price: 10 });
      const placed = await order(mug);
      await ask('PUT', `/products/${mug.id}`, { price: 99 });
      expect((await orderNow(placed.id)).total).toBe(10);
    });
    it('once for each key', async () => {
      const mug = await product();
      const body = { items: [{ productId: mug.id, quantity: 1 }] };
      const key = { 'idempotency-key': randomUUID() };
      const answers = [await ask('POST', '/orders', body, key), await ask('POST', '/orders', body, key)];
      expect(answers[1]).toEqual(answers[0]);
      expect(await stockOf(mug)).toBe(9);
    });
  });

  describe('puts the status of orders', () => {
    it('to canceled, which restores the stock once', async () => {
      const mug = await product();
      const { id } = await order(mug, 2);
      for (const spelled of ['canceled', 'cancelled', 'canceled'])
        expect((await put(id, spelled)).body.status).toBe('canceled');
      expect(await stockOf(mug)).toBe(10);
    });
    it('to completed when they are paid, and not before', async () => {
      const placed = await order(await product());
      expect((await put(placed.id, 'completed')).body.code).toBe('payment-required');
      await paid(placed);
      expect((await put(placed.id, 'completed')).body.status).toBe('completed');
    });
    it('once and for all', async () => {
      const [done, gone] = [await order(await product()), await order(await product())];
      await paid(done);
      await put(gone.id, 'canceled');
      expect((await put(done.id, 'canceled')).body.code).toBe('invalid-transition');
      expect((await put(gone.id, 'completed')).body.code).toBe('invalid-transition');
      expect((await put(done.id, 'shipped')).status).toBe(400);
    });
  });

  describe('is told of payments', () => {
    it('by the hex HMAC of the body', async () => {
      const placed = await order(await product());
      expect(await paid(placed)).toMatchObject({ status: 'completed', paid: true });
    });
    it.each([
      ['missing', null],
      ['malformed', 'nonsense'],
      ['mismatch', sign('another body')],
    ])('and refuses a signature that is %s', async (reason, signature) => {
      const placed = await order(await product());
      expect(await tell(told(placed), signature)).toMatchObject({ status: 401, body: { reason } });
      expect((await orderNow(placed.id)).paid).toBe(false);
    });
    it('twice, and takes it once', async () => {
      const placed = await order(await product());
      const body = told(placed);
      expect([(await tell(body)).body, (await tell(body)).body]).toEqual([
        { received: true },
        { received: true, duplicate: true },
      ]);
      await shop.orderBecomes(placed.id, 'paid');
      expect((await shop.orderNow(placed.id)).amountPaid).toBe(1999);
    });
    it('that failed, and may be paid again', async () => {
      const placed = await order(await product());
      await tell(told(placed, {}, 'payment.failed'));
      await shop.orderBecomes(placed.id, 'failed');
      expect((await paid(placed)).status).toBe('completed');
    });
    it('of another amount, which pays for nothing', async () => {
      const placed = await order(await product());
      await tell(told(placed, { amount: 1 }));
      await shop.ownReactionsAreDone();
      expect(await orderNow(placed.id)).toMatchObject({ status: 'pending', paid: false });
    });
    it('for an order that was canceled, whose money a person gives back', async () => {
      const placed = await order(await product());
      await put(placed.id, 'canceled');
      await tell(told(placed));
      const { body } = await eventually(
        () => shop.get(`/payments?orderId=${placed.id}`),
        ({ body: page }) => page.data.length === 1,
      );
      const refunds = await shop.get(`/payments/${body.data[0].id}/refunds`).expect(200);
      expect(refunds.body.data).toMatchObject([{ status: 'requested', amount: 1999 }]);
      await shop.post(`/refunds/${refunds.body.data[0].id}/settle`, { succeeded: true }).expect(200);
    });
  });
});
