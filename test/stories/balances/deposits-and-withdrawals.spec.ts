import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Shop, type Order, type Product } from '../../support/shop.js';

describe('balances', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const customer = async (amount = 0, currency = 'USD') => {
    const id = `customer-${randomUUID().slice(0, 8)}`;
    if (amount > 0) await shop.post(`/balances/${id}/deposits`, { amount, currency }).expect(201);
    return id;
  };
  const place = (customerId: string, quantity = 1) =>
    shop.post('/orders', { items: [{ productId: mug.id, quantity }], customerId, paymentMethod: 'balance' });

  it('are deposited and withdrawn, once per key, and read', async () => {
    const id = await customer();
    await shop.get(`/balances/${id}`).expect(404);
    await shop.get(`/balances/${id}/entries`).expect(404);
    const key = randomUUID();
    const first = await shop
      .post(`/balances/${id}/deposits`, { amount: 5000, currency: 'usd', reference: 'transfer 1' }, key)
      .expect(201);
    expect(first.body).toMatchObject({
      type: 'deposit',
      customerId: id,
      amount: 5000,
      currency: 'USD',
      available: 5000,
      blocked: 0,
      total: 5000,
      reference: 'transfer 1',
    });
    const again = await shop
      .post(`/balances/${id}/deposits`, { amount: 5000, currency: 'usd', reference: 'transfer 1' }, key)
      .expect(201);
    expect([again.text, again.headers['idempotent-replayed']]).toEqual([first.text, 'true']);
    await shop.post(`/balances/${id}/withdrawals`, { amount: 2000, currency: 'USD' }).expect(201);
    expect(
      (await shop.post(`/balances/${id}/withdrawals`, { amount: 3001, currency: 'USD' }).expect(409)).body,
    ).toMatchObject({
      code: 'insufficient-funds',
      requested: 3001,
      available: 3000,
    });
    await shop.post(`/balances/${id}/withdrawals`, { amount: 1, currency: 'EUR' }).expect(409);
    await shop.post(`/balances/${id}/deposits`, { amount: 700, currency: 'JPY' }).expect(201);
    expect((await shop.get(`/balances/${id}`).expect(200)).body).toMatchObject({
      customerId: id,
      accounts: [
        { currency: 'JPY', total: 700 },
        { currency: 'USD', total: 3000, available: 3000, blocked: 0 },
      ],
    });
    const { body } = await shop.get(`/balances/${id}/entries?limit=2`).expect(200);
    expect(body.data).toMatchObject([
      { type: 'deposit', amount: 700, currency: 'JPY', total: 700 },
      { type: 'withdrawal', amount: 2000, currency: 'USD', total: 3000 },
    ]);
    const rest = await shop.get(`/balances/${id}/entries?limit=2&cursor=${body.nextCursor}`).expect(200);
    expect(rest.body).toMatchObject({
      data: [{ type: 'deposit', amount: 5000, reference: 'transfer 1' }],
      nextCursor: null,
    });
    expect((await shop.get('/balances?limit=100').expect(200)).body.data).toEqual(
      expect.arrayContaining([expect.objectContaining({ customerId: id, currency: 'JPY' })]),
    );
  });

  it('need amounts that are amounts, and a key', async () => {
    const id = await customer();
    for (const wrong of [
      { amount: 0 },
      { amount: -5 },
      { amount: 1.5 },
      { amount: 1e12 },
      { currency: 'XXQ' },
      { surprise: 1 },
    ]) {
      expect(
        (await shop.post(`/balances/${id}/deposits`, { amount: 100, currency: 'USD', ...wrong }).expect(400)).body.code,
      ).toBe('validation-failed');
    }
    await shop.post(`/balances/${'x'.repeat(65)}/deposits`, { amount: 1, currency: 'USD' }).expect(400);
    const answer = await fetch(`${shop.url}/api/v1/balances/${id}/deposits`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'test-key-123' },
      body: '{"amount":1,"currency":"USD"}',
    });
    expect(((await answer.json()) as { code: string }).code).toBe('idempotency-key-missing');
  });

  it('tell what happens to them, without gaps', async () => {
    const id = await customer(1000);
    const order = (await place(id).expect(201)).body as Order;
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    const events = await shop.database.query<{ type: string; sequence: number; data: object }>(
      `SELECT e.type, e.sequence, e.data FROM events e JOIN balance_accounts a ON a.id = e.subject_id WHERE a.customer_id = $1 ORDER BY e.sequence`,
      [id],
    );
    expect(events).toMatchObject([
      { type: 'balance.deposited', sequence: 1, data: { customerId: id, amount: 1000, available: 1000 } },
      { type: 'balance.blocked', sequence: 2, data: { orderId: order.id, available: 0, blocked: 1000 } },
      { type: 'balance.released', sequence: 3, data: { orderId: order.id, available: 1000, blocked: 0 } },
    ]);
  });

  it('and every other money are in one ledger', async () => {
    const fresh = await Shop.open();
    const product = await fresh.product({ stock: 100, currency: 'CHF' });
    await fresh.post('/balances/ada/deposits', { amount: 5000, currency: 'CHF' }).expect(201);
    const { payment } = await fresh.paid(product.id, 2);
    await fresh.post(`/payments/${payment.id}/refunds`, { amount: 500 }).set('Prefer', 'wait=10').expect(200);
    const manual = await fresh.order(product.id, 1, { paymentMethod: 'manual' });
    await fresh.post(`/orders/${manual.id}/complete`).expect(200);
    const held = await fresh.order(product.id, 1, { paymentMethod: 'balance', customerId: 'ada' });
    const done = await fresh.order(product.id, 2, { paymentMethod: 'balance', customerId: 'ada' });
    await fresh.post(`/orders/${done.id}/complete`).expect(200);
    expect(held.status).toBe('pending');
    expect((await fresh.get('/operations/ledger').expect(200)).body).toEqual({
      data: [
        { currency: 'CHF', cash: 7500, available: 2000, blocked: 1000, revenue: 4500, refundsDue: 0, disputes: 0 },
      ],
    });
    expect(await audit(fresh.database)).toEqual(clean);
    await fresh.close();
  });
});
