import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Shop, type Order, type Product } from '../../support/shop.js';
import { peopleOf } from '../access/people.js';

describe('customers who order themselves', () => {
  let shop: Shop;
  let mug: Product;
  const { as, customer } = peopleOf(() => shop);
  beforeAll(async () => {
    shop = await Shop.open({ customerOpenOrders: 3, customerPaymentMethods: ['card'] });
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const place = (token: string, more: object = {}) =>
    as(token, 'post', '/orders')
      .set('Idempotency-Key', randomUUID())
      .send({ items: [{ productId: mug.id, quantity: 1 }], ...more });

  it('choose no order number, and no way to pay that is the shop’s', async () => {
    const { accessToken } = await customer();
    for (const more of [{ orderNumber: 'INV-1' }, { paymentMethod: 'manual' }, { paymentMethod: 'balance' }])
      expect((await place(accessToken, more).expect(403)).body.code).toBe('forbidden');
    const order = (await place(accessToken).expect(201)).body as Order;
    for (const more of [{ captureMethod: 'manual' }, { paymentMethodTypes: ['card'] }])
      await as(accessToken, 'post', '/payments/intents')
        .send({ orderId: order.id, ...more })
        .expect(403);
    await as(accessToken, 'post', '/payments/intents').send({ orderId: order.id }).expect(201);
  });

  it('have so many unpaid orders at once, and may order again when one is paid or canceled', async () => {
    const { accessToken, user } = await customer();
    const orders = [];
    for (let i = 0; i < 3; i++) orders.push((await place(accessToken).expect(201)).body as Order);
    const stock = await shop.stockOf(mug.id);
    expect((await place(accessToken).expect(409)).body.code).toBe('too-many-open-orders');
    expect(await shop.stockOf(mug.id)).toBe(stock);
    // The shop may place more for them.
    await shop.order(mug.id, 1, { customerId: user.id });
    await as(accessToken, 'post', `/orders/${orders[0]!.id}/cancel`).send({}).expect(200);
    await place(accessToken).expect(409);
    const payment = await shop.intent(orders[1]!.id);
    await shop.confirm(payment.id);
    await shop.orderBecomes(orders[1]!.id, 'paid');
    await place(accessToken).expect(201);
    await place(accessToken).expect(409);
  });
});
