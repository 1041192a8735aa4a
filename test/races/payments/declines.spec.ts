import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, Shop, type Product } from '../../support/shop.js';

describe('failed attempts to pay', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open({ simulatorDelayMs: 0 });
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(() => shop.close());

  const confirm = (id: string) =>
    shop.post(`/payments/intents/${id}/confirm`, { paymentMethodId: 'pm_card_chargeDeclined' });
  const failed = (id: string) =>
    eventually(
      () => shop.paymentNow(id),
      ({ status }) => status === 'failed',
    );

  it('of an order end after five, however many come at once', async () => {
    const order = await shop.order(mug.id);
    const { id } = await shop.intent(order.id);
    let accepted = 0;
    for (let round = 0; round < 8; round++) {
      const answers = await Promise.all(Array.from({ length: 5 }, () => confirm(id)));
      accepted += answers.filter(({ status }) => status === 202).length;
      await failed(id);
    }
    expect(accepted).toBe(5);
    const refused = await confirm(id).expect(429);
    expect(refused.body.code).toBe('rate-limited');
    // Another method of paying is refused alike; the order can be placed anew.
    await shop.post('/payments', { orderId: order.id, paymentMethodId: 'pm_card_visa', amount: 1000, currency: 'USD' });
    expect((await shop.orderNow(order.id)).paymentStatus).toBe('failed');
  });

  it('of a customer end after twenty in a day, on whatever orders', async () => {
    const customerId = `tester-${Date.now()}`;
    let accepted = 0;
    for (let i = 0; i < 6; i++) {
      const order = await shop.order(mug.id, 1, { customerId });
      const { id } = await shop.intent(order.id);
      for (let attempt = 0; attempt < 4; attempt++) {
        const { status } = await confirm(id);
        if (status !== 202) continue;
        accepted++;
        await failed(id);
      }
    }
    expect(accepted).toBe(20);
    const another = await shop.order(mug.id, 1, { customerId: 'somebody-else' });
    const { id } = await shop.intent(another.id);
    await confirm(id).expect(202);
  });
});
