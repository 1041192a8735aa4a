import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { postProcessorEvent, processorEvent } from '../../support/processor-event.js';
import { eventually, Shop, type Order, type Payment, type Product } from '../../support/shop.js';

interface Balances {
  customerId: string;
  accounts: { currency: string; total: number; available: number; blocked: number }[];
}

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
  const usd = async (customerId: string) => {
    const { body } = await shop.get(`/balances/${customerId}`).expect(200);
    const { total, available, blocked } = (body as Balances).accounts.find(({ currency }) => currency === 'USD')!;
    expect(total).toBe(available + blocked);
    return [available, blocked];
  };
  const place = (customerId: string, quantity = 1) =>
    shop.post('/orders', { items: [{ productId: mug.id, quantity }], customerId, paymentMethod: 'balance' });

  it('pay for orders: blocked when placed, captured when completed, given back when refunded', async () => {
    const id = await customer(5000);
    const order = (await place(id, 3).expect(201)).body as Order;
    expect(order).toMatchObject({
      paymentMethod: 'balance',
      paymentStatus: 'authorized',
      status: 'pending',
      total: 3000,
    });
    expect(await usd(id)).toEqual([2000, 3000]);
    expect((await place(id, 3).expect(409)).body).toMatchObject({
      code: 'insufficient-funds',
      requested: 3000,
      available: 2000,
    });
    expect((await shop.post(`/orders/${order.id}/complete`).expect(200)).body).toMatchObject({
      status: 'completed',
      paymentStatus: 'paid',
    });
    await shop.post(`/orders/${order.id}/complete`).expect(200);
    expect(await usd(id)).toEqual([2000, 0]);
    const [payment] = await eventually(
      async () => ((await shop.get(`/payments?orderId=${order.id}`).expect(200)).body as { data: Payment[] }).data,
      (found) => found.length === 1,
    );
    expect(payment).toMatchObject({ provider: 'balance', status: 'succeeded', amountCaptured: 3000 });
    expect((await shop.post(`/payments/${payment!.id}/refunds`, { amount: 1000 }).expect(202)).body).toMatchObject({
      status: 'succeeded',
      amount: 1000,
    });
    expect(await usd(id)).toEqual([3000, 0]);
    expect(await shop.orderNow(order.id)).toMatchObject({ paymentStatus: 'partially_refunded' });
    await shop.post(`/payments/${payment!.id}/refunds`, { amount: 2001 }).expect(409);
    await shop.post(`/payments/${payment!.id}/refunds`).expect(202);
    expect(await usd(id)).toEqual([5000, 0]);
    expect(await shop.orderNow(order.id)).toMatchObject({ paymentStatus: 'refunded' });
    const { body } = await shop.get(`/balances/${id}/entries`).expect(200);
    expect((body as { data: { type: string }[] }).data.map(({ type }) => type)).toEqual([
      'refund',
      'refund',
      'capture',
      'block',
      'deposit',
    ]);
  });

  it('are let go when the order is canceled or expires, once', async () => {
    const id = await customer(2000);
    const order = (await place(id, 2).expect(201)).body as Order;
    for (let i = 0; i < 2; i++) {
      expect((await shop.post(`/orders/${order.id}/cancel`).expect(200)).body).toMatchObject({
        status: 'canceled',
        paymentStatus: 'canceled',
      });
    }
    expect(await usd(id)).toEqual([2000, 0]);
    const expiring = (await place(id).expect(201)).body as Order;
    expect(await usd(id)).toEqual([1000, 1000]);
    await shop.database.query(`UPDATE orders SET expires_at = now() WHERE id = $1`, [expiring.id]);
    await eventually(
      () => shop.orderNow(expiring.id),
      ({ status }) => status === 'canceled',
    );
    expect(await usd(id)).toEqual([2000, 0]);
    await shop.post(`/orders/${expiring.id}/complete`).expect(409);
  });

  it('belong to a customer, in a currency, and are not mixed with cards', async () => {
    expect(
      (
        await shop
          .post('/orders', { items: [{ productId: mug.id, quantity: 1 }], paymentMethod: 'balance' })
          .expect(400)
      ).body.errors[0].pointer,
    ).toBe('#/customerId');
    const id = await customer(5000, 'EUR');
    expect((await place(id).expect(409)).body).toMatchObject({
      code: 'insufficient-funds',
      available: 0,
      currency: 'USD',
    });
    const rich = await customer(5000);
    const order = (await place(rich).expect(201)).body as Order;
    expect((await shop.post('/payments/intents', { orderId: order.id }).expect(409)).body.code).toBe(
      'order-not-payable',
    );
  });

  it('may be kept elsewhere from one day to the next: open orders are settled where their money is', async () => {
    const id = await customer(5000);
    const orders: Order[] = [];
    for (let i = 0; i < 3; i++) orders.push((await place(id).expect(201)).body as Order);
    const moved = await Shop.open({ balanceServiceUrl: 'http://127.0.0.1:9/' }, shop.database);
    expect((await moved.post(`/orders/${orders[0]!.id}/complete`).expect(200)).body).toMatchObject({
      status: 'completed',
      paymentStatus: 'paid',
    });
    await moved.post(`/orders/${orders[1]!.id}/cancel`).expect(200);
    expect(await usd(id)).toEqual([3000, 1000]);
    expect((await moved.post(`/balances/${id}/deposits`, { amount: 1, currency: 'USD' }).expect(422)).body.code).toBe(
      'balances-kept-elsewhere',
    );
    await moved.post(`/balances/${id}/withdrawals`, { amount: 1, currency: 'USD' }).expect(201);
    const [payment] = await eventually(
      async () =>
        ((await moved.get(`/payments?orderId=${orders[0]!.id}`).expect(200)).body as { data: Payment[] }).data,
      (found) => found.length === 1,
    );
    await moved.post(`/payments/${payment!.id}/refunds`).expect(202);
    await moved.close();
    await shop.post(`/orders/${orders[2]!.id}/cancel`).expect(200);
    expect(await usd(id)).toEqual([4999, 0]);
  });

  it('are settled under whatever name their customer has by then, and an order that cannot be never keeps others from expiring', async () => {
    const id = await customer(2000);
    const order = (await place(id).expect(201)).body as Order;
    await shop.database.query(`UPDATE balance_accounts SET customer_id = 'erased' WHERE customer_id = $1`, [id]);
    const card = await shop.order(mug.id);
    const broken = (await place(await customer(1000)).expect(201)).body as Order;
    await shop.database.query(
      `UPDATE orders SET customer_id = NULL, expires_at = now() - interval '1 hour' WHERE id = $1`,
      [broken.id],
    );
    await shop.database.query(`UPDATE orders SET expires_at = now() WHERE id = ANY($1)`, [[card.id, order.id]]);
    for (const { id: expiring } of [card, order]) {
      await eventually(
        () => shop.orderNow(expiring),
        ({ status }) => status === 'canceled',
      );
    }
    const [held] = await shop.database.query<{ customer_id: string }>(
      `SELECT a.customer_id FROM balance_accounts a JOIN ledger_movements m ON m.account_id = a.id WHERE m.order_id = $1 LIMIT 1`,
      [broken.id],
    );
    await shop.database.query(`UPDATE orders SET customer_id = $2 WHERE id = $1`, [broken.id, held!.customer_id]);
    await shop.database.query(`UPDATE orders SET customer_id = 'erased' WHERE id = $1`, [order.id]);
    await eventually(
      () => shop.orderNow(broken.id),
      ({ status }) => status === 'canceled',
    );
  });

  it('book money that a processor reports for an order that was completed by hand once', async () => {
    const order = await shop.order(mug.id, 1, { paymentMethod: 'manual' });
    await shop.post(`/orders/${order.id}/complete`).expect(200);
    const providerEvent = processorEvent({ orderId: order.id, amount: 1000, currency: 'USD' });
    await postProcessorEvent(shop, providerEvent).expect(200);
    await eventually(
      async () =>
        ((await shop.get('/webhooks/inbox?status=needs_review').expect(200)).body as { data: { eventId: string }[] })
          .data,
      (messages) => messages.some(({ eventId }) => eventId === providerEvent.id),
    );
    expect((await shop.get(`/payments?orderId=${order.id}`).expect(200)).body).toMatchObject({ data: [] });
    expect(await shop.orderNow(order.id)).toMatchObject({ paymentStatus: 'paid', amountPaid: 1000 });
    const [revenue] = await shop.database.query<{ booked: number }>(
      `SELECT count(*)::int AS booked FROM ledger_movements WHERE order_id = $1`,
      [order.id],
    );
    expect(revenue!.booked).toBe(1);
  });
});
