import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { countByStatus, eventually, Shop, type Order } from '../../support/shop.js';
import { intentEvent, postStripeEvent } from '../../support/stripe-event.js';

const times = <T>(n: number, act: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => act(i)));

describe('hundreds at once', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  /** Over connections of their own, so that they really arrive together. */
  const post = async (path: string, body: object, key: string = randomUUID(), at = shop) => {
    const answer = await fetch(`${at.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'test-key-123', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };

  it('two intents for one order at once: one lives', async () => {
    const mug = await shop.product({ stock: 1000 });
    for (let round = 0; round < 10; round++) {
      const order = await shop.order(mug.id);
      const answers = await times(4, () => post('/payments/intents', { orderId: order.id }));
      expect(countByStatus(answers)).toEqual({ 201: 1, 409: 3 });
    }
  });

  it('20 duplicates of a provider event at once have one effect', async () => {
    const mug = await shop.product({ stock: 100 });
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    const body = JSON.stringify(intentEvent('payment_intent.succeeded', payment));
    const answers = await times(20, () => postStripeEvent(shop, body).then((answer) => answer));
    expect(countByStatus(answers)).toEqual({ 200: 20 });
    expect(answers.filter((answer) => !answer.body.duplicate)).toHaveLength(1);
    await eventually(
      () => shop.orderNow(order.id),
      (o) => o.status === 'completed',
    );
    expect((await shop.eventsOf(payment.id)).filter(({ type }) => type === 'payment.succeeded')).toHaveLength(1);
  });

  it('20 duplicates of a provider event after the order was canceled refund it once', async () => {
    const mug = await shop.product({ stock: 100 });
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id, { captureMethod: 'automatic' });
    await shop.confirm(payment.id);
    await eventually(
      () => shop.orderNow(order.id),
      (o) => o.status === 'completed',
    );
    // A second payer's success for an order that another payment has paid for, and for one that is canceled.
    const canceled = await shop.order(mug.id);
    const late = await shop.intent(canceled.id);
    await shop.simulatorPays(late.paymentIntentId);
    await shop.post(`/orders/${canceled.id}/cancel`).expect(200);
    const body = JSON.stringify(intentEvent('payment_intent.succeeded', late));
    await times(20, () => postStripeEvent(shop, body).then((answer) => answer));
    await eventually(
      () => shop.orderNow(canceled.id),
      (o: Order) => o.paymentStatus === 'refunded',
    );
    expect(await shop.paymentNow(late.id)).toMatchObject({ status: 'succeeded', amountRefunded: 1000 });
    expect((await shop.eventsOf(late.id)).filter(({ type }) => type === 'payment.refund_requested')).toHaveLength(1);
  });

  it('cancel and the success of the payment at once: the money goes back exactly when the order is canceled', async () => {
    const mug = await shop.product({ stock: 1000 });
    for (let round = 0; round < 15; round++) {
      const order = await shop.order(mug.id);
      const payment = await shop.intent(order.id);
      await shop.simulatorPays(payment.paymentIntentId);
      await Promise.all([
        post(`/orders/${order.id}/cancel`, {}),
        postStripeEvent(shop, JSON.stringify(intentEvent('payment_intent.succeeded', payment))),
      ]);
      const end = await eventually(
        () => shop.orderNow(order.id),
        (o) =>
          ['paid', 'refunded'].includes(o.paymentStatus) && (o.status !== 'canceled' || o.paymentStatus === 'refunded'),
      );
      expect([end.status, end.paymentStatus]).toEqual(
        end.status === 'completed' ? ['completed', 'paid'] : ['canceled', 'refunded'],
      );
    }
  });

  it('two relays share the work and do none of it twice', async () => {
    const replica = await Shop.open({}, shop.database);
    const mug = await shop.product({ stock: 1000 });
    const orders = await times(40, () => shop.order(mug.id));
    await times(40, (i) => shop.intent(orders[i]!.id));
    await times(40, (i) => post(`/orders/${orders[i]!.id}/cancel`, {}));
    await eventually(
      () =>
        shop.database.query<{ n: string }>(
          `SELECT count(*) AS n FROM payments WHERE order_id = ANY($1) AND status = 'canceled'`,
          [orders.map(({ id }) => id)],
        ),
      ([row]) => Number(row!.n) === 40,
    );
    const doubled = await shop.database.query(
      `SELECT subject_id FROM events WHERE type = 'payment.canceled' GROUP BY 1 HAVING count(*) > 1`,
    );
    expect(doubled).toEqual([]);
    await replica.close();
  });
});
