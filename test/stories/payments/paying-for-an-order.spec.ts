import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { eventually, Shop, type Product } from '../../support/shop.js';

describe('paying for an order by card', () => {
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

  it('completes the order when the provider says that the money has arrived', async () => {
    const order = await shop.order(mug.id, 2);
    const payment = await shop.intent(order.id);
    expect(payment).toMatchObject({
      status: 'requires_payment_method',
      amount: 2000,
      paymentIntentId: expect.stringMatching(/^pi_/),
    });
    expect(payment.clientSecret).toContain(payment.paymentIntentId);
    expect((await shop.confirm(payment.paymentIntentId)).status).toBe('processing');
    const completed = await shop.orderBecomes(order.id, 'paid');
    expect(completed.status).toBe('completed');
    expect(await shop.paymentNow(payment.id)).toMatchObject({
      status: 'succeeded',
      amountCaptured: 2000,
      amountRefunded: 0,
    });
    expect((await shop.eventsOf(order.id)).map((event) => event.type)).toEqual(['order.placed', 'order.completed']);
    expect((await shop.eventsOf(payment.id)).map((event) => event.type)).toEqual([
      'payment.created',
      'payment.processing',
      'payment.confirmation_requested',
      'payment.succeeded',
    ]);
  });

  it('leaves the order pending when the card is declined, and lets the buyer try another card', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    await shop.confirm(payment.id, 'pm_card_chargeDeclinedInsufficientFunds');
    expect((await shop.orderBecomes(order.id, 'failed')).status).toBe('pending');
    expect(await shop.paymentNow(payment.id)).toMatchObject({
      status: 'failed',
      lastError: { code: 'card_declined', declineCode: 'insufficient_funds' },
    });
    await shop.confirm(payment.id, 'pm_card_visa');
    expect((await shop.orderBecomes(order.id, 'paid')).status).toBe('completed');
  });

  it('fails a payment with an unknown payment method', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    await shop.confirm(payment.id, 'pm_card_nonsense');
    await shop.orderBecomes(order.id, 'failed');
    expect(await shop.paymentNow(payment.id)).toMatchObject({ lastError: { code: 'resource_missing' } });
  });

  it('gives a failed order a new intent and closes the old one', async () => {
    const order = await shop.order(mug.id);
    const first = await shop.intent(order.id);
    await shop.confirm(first.id, 'pm_card_chargeDeclined');
    await shop.orderBecomes(order.id, 'failed');
    const second = await shop.intent(order.id);
    expect(second.id).not.toBe(first.id);
    expect((await shop.paymentNow(first.id)).status).toBe('canceled');
    await shop.post(`/payments/intents/${first.id}/confirm`, { paymentMethodId: 'pm_card_visa' }).expect(409);
    await shop.confirm(second.id);
    await shop.orderBecomes(order.id, 'paid');
  });

  it('has one live payment per order', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    const { body } = await shop.post('/payments/intents', { orderId: order.id }).expect(409);
    expect(body).toMatchObject({ code: 'payment-exists', paymentId: payment.id });
  });

  it('replays the same intent for the same key, and creates it once at the provider', async () => {
    const order = await shop.order(mug.id);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => shop.post('/payments/intents', { orderId: order.id }, 'intent-once')),
    );
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(answers.every((answer) => answer.status === 201)).toBe(true);
  });

  it('refuses another amount or currency than the order’s, and orders that are not paid by card', async () => {
    const order = await shop.order(mug.id);
    expect((await shop.post('/payments/intents', { orderId: order.id, amount: 999 }).expect(422)).body.code).toBe(
      'amount-mismatch',
    );
    expect((await shop.post('/payments/intents', { orderId: order.id, currency: 'EUR' }).expect(422)).body.code).toBe(
      'amount-mismatch',
    );
    const manual = await shop.order(mug.id, 1, { paymentMethod: 'manual' });
    expect((await shop.post('/payments/intents', { orderId: manual.id }).expect(409)).body.code).toBe(
      'order-not-payable',
    );
    await shop.post('/payments/intents', { orderId: '01939d00-0000-7000-8000-00000000dead' }).expect(404);
  });

  it('authorizes first and captures when the order is completed', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id, { captureMethod: 'manual' });
    await shop.confirm(payment.id);
    expect((await shop.orderBecomes(order.id, 'authorized')).status).toBe('pending');
    await shop.post(`/orders/${order.id}/complete`).expect(200);
    await shop.orderBecomes(order.id, 'paid');
    expect(await shop.paymentNow(payment.id)).toMatchObject({ status: 'succeeded', amountCaptured: 1000 });
  });

  it('voids the authorization of an order that is canceled', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id, { captureMethod: 'manual' });
    await shop.confirm(payment.id);
    await shop.orderBecomes(order.id, 'authorized');
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    await eventually(
      () => shop.paymentNow(payment.id),
      (p) => p.status === 'canceled',
    );
  });

  it('refunds a success that arrives after the order was canceled', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    await shop.confirm(payment.id);
    await shop.post(`/orders/${order.id}/cancel`, { reason: 'changed my mind' }).expect(200);
    const refunded = await shop.orderBecomes(order.id, 'refunded');
    expect(refunded.status).toBe('canceled');
    expect(await shop.paymentNow(payment.id)).toMatchObject({
      status: 'succeeded',
      amountCaptured: 1000,
      amountRefunded: 1000,
    });
  });
});

describe('a shop that completes orders by hand', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ orderAutoComplete: false });
  });
  afterAll(() => shop.close());

  it('leaves a paid order pending until it is completed, and refunds it when it is canceled', async () => {
    const mug = await shop.product();
    const [kept, dropped] = [await shop.order(mug.id), await shop.order(mug.id)];
    for (const order of [kept, dropped]) {
      await shop.confirm((await shop.intent(order.id)).id);
      expect(
        (
          await eventually(
            () => shop.orderNow(order.id),
            (o) => o.paymentStatus === 'paid',
          )
        ).status,
      ).toBe('pending');
    }
    expect((await shop.post(`/orders/${kept.id}/complete`).expect(200)).body.status).toBe('completed');
    await shop.post(`/orders/${dropped.id}/cancel`).expect(200);
    await eventually(
      () => shop.orderNow(dropped.id),
      (o) => o.paymentStatus === 'refunded',
    );
    expect(await audit(shop.database)).toEqual(clean);
  });
});
