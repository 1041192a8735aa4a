import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Shop, type Product } from '../../support/shop.js';

describe('completing never outruns the money', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open({ orderAutoComplete: false });
    mug = await shop.product();
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toMatchObject(clean);
    await shop.close();
  });

  it('captures what is authorized, and answers when it is captured', async () => {
    const { order, payment } = await shop.authorized(mug.id);
    const { body } = await shop.post(`/orders/${order.id}/complete`).expect(200);
    expect(body).toMatchObject({ status: 'completed', paymentStatus: 'paid', amountPaid: 1000 });
    expect(await shop.paymentNow(payment.id)).toMatchObject({ status: 'succeeded', amountCaptured: 1000 });
  });

  it('refuses when the authorization has expired', async () => {
    const { order, payment } = await shop.authorized(mug.id);
    shop.simulator.sendWebhooksTo(null); // its message is lost
    shop.simulator.expireAuthorization(payment.paymentIntentId);
    shop.simulator.forgetWebhooks();
    shop.simulator.sendWebhooksTo(`${shop.url}/api/v1/webhooks/stripe`);
    const { body } = await shop.post(`/orders/${order.id}/complete`).expect(409);
    expect(body).toMatchObject({ code: 'payment-required', status: 409 });
    expect(await shop.orderNow(order.id)).toMatchObject({
      status: 'pending',
      paymentStatus: 'canceled',
      amountPaid: 0,
    });
    expect((await shop.paymentNow(payment.id)).status).toBe('canceled');
  });

  it('waits for a provider that is down, says so, and goes on when it is asked again', async () => {
    const { order } = await shop.authorized(mug.id);
    shop.simulator.goDown();
    const refused = await shop.post(`/orders/${order.id}/complete`).expect(503);
    expect([refused.body.code, Number(refused.headers['retry-after']) > 0]).toEqual(['unavailable', true]);
    expect(await shop.orderNow(order.id)).toMatchObject({ status: 'pending' });
    shop.simulator.comeBack();
    await shop.orderBecomes(order.id, 'paid');
    await shop.post(`/orders/${order.id}/complete`).expect(200);
  }, 60_000);

  it('is not done by a part', async () => {
    const { order, payment } = await shop.authorized(mug.id);
    await shop.post(`/payments/intents/${payment.id}/capture`, { amount: 1 }).expect(202);
    expect(await shop.orderBecomes(order.id, 'partially_paid')).toMatchObject({ status: 'pending', amountPaid: 1 });
    expect((await shop.post(`/orders/${order.id}/complete`).expect(409)).body.code).toBe('payment-required');
    await shop.post(`/payments/${payment.id}/refunds`).expect(202);
    expect(await shop.orderBecomes(order.id, 'refunded')).toMatchObject({ amountPaid: 1, amountRefunded: 1 });
  });
});
