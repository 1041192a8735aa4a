import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { eventually, Shop, type Payment, type Product } from '../../support/shop.js';

interface RedirectAction {
  type: string;
  redirect_to_url: { url: string; return_url: string };
}

describe('3-D Secure', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product();
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toMatchObject(clean);
    await shop.close();
  });

  const challenged = async (more: object = {}) => {
    const order = await shop.order(mug.id);
    const intent = await shop.intent(order.id);
    const body = { paymentMethodId: 'pm_card_threeDSecure2Required', ...more };
    const { body: payment } = (await shop
      .post(`/payments/intents/${intent.id}/confirm`, body)
      .set('Prefer', 'wait=10')
      .expect(200)) as { body: Payment };
    return { order, payment };
  };

  it('shows what the payer must do, and the payment goes on when it is done', async () => {
    const { order, payment } = await challenged({ returnUrl: 'https://shop.example.com/paid' });
    expect(payment).toMatchObject({ status: 'requires_action', nextAction: { type: 'redirect_to_url' } });
    expect(await shop.orderNow(order.id)).toMatchObject({ status: 'pending', paymentStatus: 'requires_action' });
    const { redirect_to_url: action } = payment.nextAction as unknown as RedirectAction;
    expect(await (await fetch(action.url)).text()).toContain('Complete authentication');
    const outcome = new URLSearchParams({ outcome: 'pass', return_url: action.return_url });
    const answered = await fetch(action.url, { method: 'POST', body: outcome, redirect: 'manual' });
    expect([answered.status, answered.headers.get('location')]).toEqual([
      303,
      expect.stringContaining(`https://shop.example.com/paid?payment_intent=${payment.providerReference}`),
    ]);
    await shop.becomes(payment.id, 'succeeded');
    expect(await shop.orderNow(order.id)).toMatchObject({ status: 'completed', paymentStatus: 'paid' });
    expect((await shop.paymentNow(payment.id)).nextAction).toBeNull();
  });

  it('that is not passed fails the attempt, and another card may be tried', async () => {
    const { order, payment } = await challenged();
    expect(payment.nextAction).toMatchObject({ type: 'use_stripe_sdk' });
    shop.simulator.answerChallenge(payment.providerReference, false);
    expect(await shop.becomes(payment.id, 'failed')).toMatchObject({
      lastError: { code: 'payment_intent_authentication_failure' },
      nextAction: null,
    });
    await shop.confirm(payment.id);
    await shop.orderBecomes(order.id, 'paid');
  });

  it('that is left alone lets another card be tried at once', async () => {
    const { order, payment } = await challenged();
    await shop.confirm(payment.id);
    expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ status: 'completed' });
    expect(await shop.becomes(payment.id, 'succeeded')).toMatchObject({ method: 'pm_card_visa' });
  });

  it('that is left alone holds no stock for longer than its order has time', async () => {
    const stock = await shop.stockOf(mug.id);
    const { order, payment } = await challenged();
    expect(await shop.stockOf(mug.id)).toBe(stock - 1);
    await shop.database.query(`UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = $1`, [order.id]);
    await eventually(
      () => shop.orderNow(order.id),
      ({ status }) => status === 'canceled',
    );
    await shop.becomes(payment.id, 'canceled');
    expect(await shop.stockOf(mug.id)).toBe(stock);
    expect((await shop.stripe().paymentIntents.retrieve(payment.providerReference)).status).toBe('canceled');
  });

  it('that is passed although the order was canceled gives the money back', async () => {
    const { order, payment } = await challenged();
    shop.simulator.scheduleFaults([{ fault: 'slow', on: 'cancel', times: 1, delayMs: 500 }]);
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    shop.simulator.answerChallenge(payment.providerReference, true);
    const after = await eventually(
      () => shop.paymentNow(payment.id),
      ({ status, amountRefunded }) => status === 'canceled' || amountRefunded === 1000,
    );
    expect(['canceled', 'succeeded']).toContain(after.status);
    shop.simulator.scheduleFaults([]);
    await shop.ownReactionsAreDone();
  });
});
