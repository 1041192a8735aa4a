import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { differencesFromProvider, untilQuiet } from '../../support/provider-view.js';
import { countByStatus, eventually, Shop, type Payment, type Product } from '../../support/shop.js';

const times = <T>(n: number, act: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => act(i)));

describe('at once, on one payment', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(async () => {
    await untilQuiet(shop);
    expect(await audit(shop.database)).toEqual(clean);
    expect(await differencesFromProvider(shop)).toEqual([]);
    await shop.close();
  });

  const alone = async () => {
    const taken = await shop
      .post('/payments', { amount: 1000, currency: 'USD', paymentMethodId: 'pm_card_visa' })
      .expect(202);
    return shop.becomes((taken.body as Payment).id, 'succeeded');
  };

  it('two refunds of 60 %: one succeeds, one is 409, twenty times', async () => {
    for (let round = 0; round < 20; round++) {
      // With an order its lock comes first; without one there is only the payment's own.
      const payment = round % 2 ? (await shop.paid(mug.id)).payment : await alone();
      const answers = await times(2, () => shop.post(`/payments/${payment.id}/refunds`, { amount: 600 }));
      expect(countByStatus(answers)).toEqual({ 202: 1, 409: 1 });
      expect(answers.find(({ status }) => status === 409)!.body).toMatchObject({
        code: 'refund-exceeds-captured',
        refundable: 400,
      });
      expect((await shop.paymentNow(payment.id)).amountRefunded).toBe(600);
    }
    // The payment's row decides. The CHECK would have caught it too, but as a fault of ours.
    expect((await shop.metrics()).text).not.toMatch(/http_request_duration_seconds_count\{[^}]*status="5/);
  });

  it('30 refunds of a tenth: ten of them', async () => {
    const { order, payment } = await shop.paid(mug.id);
    const answers = await times(30, () => shop.post(`/payments/${payment.id}/refunds`, { amount: 100 }));
    expect(countByStatus(answers)).toEqual({ 202: 10, 409: 20 });
    await shop.orderBecomes(order.id, 'refunded');
  });

  it('a refund and the cancel of its order give back everything once', async () => {
    const careful = await Shop.open({ orderAutoComplete: false });
    const product = await careful.product({ stock: 100 });
    for (let round = 0; round < 10; round++) {
      const { order, payment } = await careful.paid(product.id);
      await Promise.all([
        careful.post(`/payments/${payment.id}/refunds`, { amount: 700 }),
        careful.post(`/orders/${order.id}/cancel`).expect(200),
      ]);
      await careful.orderBecomes(order.id, 'refunded');
      expect((await careful.paymentNow(payment.id)).amountRefunded).toBe(1000);
    }
    await untilQuiet(careful);
    expect(await careful.stockOf(product.id)).toBe(100);
    expect(await differencesFromProvider(careful)).toEqual([]);
    expect(await audit(careful.database)).toEqual(clean);
    await careful.close();
  });

  it('capture and cancel: one is done, the other refused', async () => {
    for (let round = 0; round < 15; round++) {
      const { order, payment } = await shop.authorized(mug.id);
      const [capture, cancel] = await Promise.all([
        shop.post(`/payments/intents/${payment.id}/capture`),
        shop.post(`/payments/intents/${payment.id}/cancel`),
      ]);
      expect([capture.status, cancel.status].sort()).toEqual([202, 409]);
      if (capture.status === 202)
        expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ status: 'completed' });
      else await shop.becomes(payment.id, 'canceled');
    }
  });

  it('complete and capture ask the provider to capture once', async () => {
    const before = shop.simulator.callsOf('capture');
    for (let round = 0; round < 10; round++) {
      const { order, payment } = await shop.authorized(mug.id);
      await Promise.all([
        shop.post(`/orders/${order.id}/complete`).expect(200),
        shop.post(`/payments/intents/${payment.id}/capture`),
      ]);
      await shop.becomes(payment.id, 'succeeded');
    }
    await untilQuiet(shop);
    expect(shop.simulator.callsOf('capture') - before).toBe(10);
  });

  it('cancel of the payment and the success of the payment end with the order paid or the money back', async () => {
    for (let round = 0; round < 15; round++) {
      const order = await shop.order(mug.id);
      const payment = await shop.intent(order.id);
      await shop.confirm(payment.id);
      await new Promise((resolve) => setTimeout(resolve, round * 6));
      const { status } = await shop.post(`/payments/intents/${payment.id}/cancel`);
      const ended = await eventually(
        () => shop.paymentNow(payment.id),
        (p) => p.status === 'canceled' || (p.status === 'succeeded' && (status === 409 || p.amountRefunded === 1000)),
      );
      const { status: orderStatus } = await shop.orderNow(order.id);
      expect([status, orderStatus]).toEqual(status === 409 ? [409, 'completed'] : [202, 'pending']);
      if (status === 409) expect(ended.amountRefunded).toBe(0);
    }
  });

  it('20 one-shot payments for one order: one is taken', async () => {
    const order = await shop.order(mug.id);
    const answers = await times(20, () =>
      shop.post('/payments', { amount: 1000, currency: 'USD', paymentMethodId: 'pm_card_visa', orderId: order.id }),
    );
    expect(countByStatus(answers)).toEqual({ 202: 1, 409: 19 });
    await shop.becomes((answers.find(({ status }) => status === 202)!.body as Payment).id, 'succeeded');
  });
});
