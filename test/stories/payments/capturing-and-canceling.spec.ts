import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { eventually, Shop, type Product } from '../../support/shop.js';

describe('every way a payment can go', () => {
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

  describe('capturing', () => {
    it('takes everything and completes the order', async () => {
      const { order, payment } = await shop.authorized(mug.id, 2);
      expect(await shop.orderNow(order.id)).toMatchObject({ status: 'pending', paymentStatus: 'authorized' });
      const { body } = await shop.post(`/payments/intents/${payment.paymentIntentId}/capture`).expect(202);
      expect(body).toMatchObject({ id: payment.id, status: 'requires_capture' });
      await shop.becomes(payment.id, 'succeeded');
      expect(await shop.paymentNow(payment.id)).toMatchObject({ amountCaptured: 2000 });
      expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ status: 'completed' });
    });

    it('takes a part and releases the rest', async () => {
      const { order, payment } = await shop.authorized(mug.id, 2);
      const answer = await shop
        .post(`/payments/intents/${payment.id}/capture`, { amount: 1500 })
        .set('Prefer', 'wait=10')
        .expect(200);
      expect(answer.headers['preference-applied']).toBe('wait=10');
      expect(answer.body).toMatchObject({ status: 'succeeded', amount: 2000, amountCaptured: 1500 });
      expect(await shop.orderBecomes(order.id, 'partially_paid')).toMatchObject({
        status: 'pending',
        amountPaid: 1500,
      });
      expect((await shop.post(`/orders/${order.id}/complete`).expect(409)).body.code).toBe('payment-required');
      await shop.post(`/payments/${payment.id}/refunds`, { amount: 1501 }).expect(409);
    });

    it('refuses what is too much, what is not authorized, and a second time', async () => {
      const { payment } = await shop.authorized(mug.id);
      expect(
        (await shop.post(`/payments/intents/${payment.id}/capture`, { amount: 1001 }).expect(409)).body,
      ).toMatchObject({
        code: 'capture-exceeds-authorized',
        amount: 1000,
      });
      for (const amount of [0, -1, 1.5, '5', null])
        await shop.post(`/payments/intents/${payment.id}/capture`, { amount }).expect(400);
      const key = randomUUID();
      const first = await shop.post(`/payments/intents/${payment.id}/capture`, { amount: 900 }, key).expect(202);
      const again = await shop.post(`/payments/intents/${payment.id}/capture`, { amount: 900 }, key).expect(202);
      expect([again.text, again.headers['idempotent-replayed']]).toEqual([first.text, 'true']);
      expect((await shop.post(`/payments/intents/${payment.id}/capture`).expect(409)).body.code).toBe(
        'invalid-payment-state',
      );
      await shop.becomes(payment.id, 'succeeded');
      const { payment: fresh } = await (async () => ({ payment: await shop.intent((await shop.order(mug.id)).id) }))();
      await shop.post(`/payments/intents/${fresh.id}/capture`).expect(409);
      await shop.post(`/payments/intents/${randomUUID()}/capture`).expect(404);
    });

    it('that the provider refuses may be tried again', async () => {
      const { payment } = await shop.authorized(mug.id);
      const eventId = (await shop.post(`/payments/intents/${payment.id}/capture`, { amount: 700 }).expect(202))
        .body as { id: string };
      await shop.becomes(eventId.id, 'succeeded');
      expect(await shop.paymentNow(payment.id)).toMatchObject({ amountCaptured: 700 });
    });
  });

  describe('canceling a payment', () => {
    it('that is not confirmed cancels it at once, here and at the provider', async () => {
      const order = await shop.order(mug.id);
      const payment = await shop.intent(order.id);
      expect((await shop.post(`/payments/intents/${payment.id}/cancel`).expect(202)).body).toMatchObject({
        status: 'canceled',
      });
      expect((await shop.post(`/payments/intents/${payment.id}/cancel`).expect(202)).body).toMatchObject({
        status: 'canceled',
      });
      expect(await shop.orderNow(order.id)).toMatchObject({ status: 'pending', paymentStatus: 'canceled' });
      await eventually(
        async () => (await shop.stripe().paymentIntents.retrieve(payment.paymentIntentId)).status,
        (status) => status === 'canceled',
      );
      // The order may be paid anew.
      const second = await shop.intent(order.id);
      await shop.confirm(second.id);
      expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ status: 'completed' });
    });

    it('that is authorized voids it; until the provider has answered nothing relies on it', async () => {
      const { order, payment } = await shop.authorized(mug.id);
      await shop.post(`/payments/intents/${payment.id}/cancel`).expect(202);
      await shop.post(`/orders/${order.id}/complete`).expect(409);
      expect(await shop.becomes(payment.id, 'canceled')).toMatchObject({ amountCaptured: 0 });
      expect(await shop.orderNow(order.id)).toMatchObject({ status: 'pending', paymentStatus: 'canceled' });
      await shop.post(`/payments/intents/${payment.id}/capture`).expect(409);
    });

    it('that is being processed gives its money back, should it come', async () => {
      const order = await shop.order(mug.id);
      const payment = await shop.intent(order.id);
      await shop.confirm(payment.id);
      await eventually(
        () => shop.stripe().paymentIntents.retrieve(payment.paymentIntentId),
        (intent) => intent.status !== 'requires_payment_method',
      );
      const { body } = await shop.post(`/payments/intents/${payment.id}/cancel`);
      if (body.code === 'invalid-payment-state') return; // it was faster
      await eventually(
        () => shop.paymentNow(payment.id),
        (p) => p.status === 'canceled' || (p.status === 'succeeded' && p.amountRefunded === 1000),
      );
      expect(await shop.orderNow(order.id)).toMatchObject({ status: 'pending', paymentStatus: 'canceled' });
      const second = await shop.intent(order.id);
      await shop.confirm(second.id);
      await shop.orderBecomes(order.id, 'paid');
    });

    it('that has its money, or whose order is completed, is refused', async () => {
      const { payment } = await shop.paid(mug.id);
      expect((await shop.post(`/payments/intents/${payment.id}/cancel`).expect(409)).body).toMatchObject({
        code: 'invalid-payment-state',
        paymentState: 'succeeded',
      });
    });
  });

  describe('canceling the order', () => {
    const cancel = (orderId: string) => shop.post(`/orders/${orderId}/cancel`).expect(200);

    it.each(['requires_payment_method', 'processing', 'requires_capture', 'failed'] as const)(
      'while its payment is %s ends with the stock back once and no money kept',
      async (state) => {
        const product = await shop.product({ stock: 5 });
        const order = await shop.order(product.id, 2);
        const payment = await shop.intent(order.id, {
          captureMethod: state === 'requires_capture' ? 'manual' : 'automatic',
        });
        if (state !== 'requires_payment_method')
          await shop.confirm(payment.id, state === 'failed' ? 'pm_card_chargeDeclined' : 'pm_card_visa');
        if (state === 'requires_capture' || state === 'failed') await shop.becomes(payment.id, state);
        await cancel(order.id);
        await cancel(order.id);
        await eventually(
          () => shop.paymentNow(payment.id),
          (p) => p.status === 'canceled' || (p.status === 'succeeded' && p.amountRefunded === p.amountCaptured),
        );
        expect(await shop.stockOf(product.id)).toBe(5);
        await eventually(
          () => shop.stripe().paymentIntents.retrieve(payment.paymentIntentId, { expand: ['latest_charge'] }),
          ({ status, latest_charge: charge }) =>
            status === 'canceled' ||
            (status === 'succeeded' && (charge as { amount_refunded: number }).amount_refunded === 2000),
        );
      },
    );

    it('while it is paid but not completed refunds once', async () => {
      const careful = await Shop.open({ orderAutoComplete: false });
      const product = await careful.product({ stock: 5 });
      const { order, payment } = await careful.paid(product.id);
      await careful.post(`/payments/${payment.id}/refunds`, { amount: 300 }).expect(202);
      await careful.post(`/orders/${order.id}/cancel`).expect(200);
      await careful.orderBecomes(order.id, 'refunded');
      expect(await careful.paymentNow(payment.id)).toMatchObject({ amountRefunded: 1000 });
      expect(await careful.stockOf(product.id)).toBe(5);
      expect(await audit(careful.database)).toEqual(clean);
      await careful.close();
    });
  });

  it('keeps what the provider thinks of the risk, for the shop', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    await shop.confirm(payment.id, 'pm_card_riskLevelElevated');
    const read = await eventually(
      () => shop.get(`/payments/${payment.id}`),
      ({ body }) => body.risk !== null && body.status === 'succeeded',
    );
    expect(read.body.risk).toEqual({ level: 'elevated', score: 68, outcome: 'authorized', reason: null });
  });
});
