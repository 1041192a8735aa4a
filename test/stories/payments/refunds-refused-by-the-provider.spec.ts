import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { eventually, Shop, type Product } from '../../support/shop.js';
import { postStripeEvent } from '../../support/stripe-event.js';

describe('refunds', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open({ orderAutoComplete: false, databasePoolMax: 4 });
    mug = await shop.product({ stock: 10_000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const deliver = async (event: object) => {
    await postStripeEvent(shop, JSON.stringify(event)).expect(200);
    await eventually(
      () =>
        shop.database.query<{ status: string }>('SELECT status FROM inbox_messages WHERE event_id = $1', [
          (event as { id: string }).id,
        ]),
      ([row]) => row!.status !== 'received',
    );
  };
  const simulator = async (path: string, body: string) => {
    const answer = await fetch(`http://127.0.0.1:${shop.simulator.port}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test' },
      body,
    });
    return (await answer.json()) as { id: string; status: string };
  };
  const paid = async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    await shop.confirm(payment.id);
    await shop.orderBecomes(order.id, 'paid');
    return { order, payment };
  };

  it('many refunds at once do not wait for each other’s connections', async () => {
    const all = await Promise.all(Array.from({ length: 24 }, () => paid()));
    await Promise.all(all.map(({ order }) => shop.post(`/orders/${order.id}/cancel`).expect(200)));
    for (const { order } of all) await shop.orderBecomes(order.id, 'refunded');
    expect(await shop.database.query('SELECT 1 FROM dead_letters')).toEqual([]);
  });

  it('a refund that the provider refuses is told, and the money is not called refunded', async () => {
    const { order, payment } = await paid();
    shop.simulator.sendWebhooksTo(null);
    await simulator('refunds', `payment_intent=${payment.paymentIntentId}`);
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    await eventually(
      () => shop.eventsOf(payment.id),
      (events) => events.some(({ type }) => type === 'payment.refund_failed'),
    );
    expect(await shop.database.query('SELECT status FROM refunds WHERE payment_id = $1', [payment.id])).toEqual([
      { status: 'failed' },
    ]);
    // Then the event of the refund that was made at the provider comes, and the books agree.
    shop.simulator.sendWebhooksTo(`${shop.url}/api/v1/webhooks/stripe`);
    await shop.orderBecomes(order.id, 'refunded');
    expect(await shop.paymentNow(payment.id)).toMatchObject({ amountRefunded: 1000 });
  });

  it('a refund made in the provider’s dashboard reaches the books', async () => {
    const { order, payment } = await paid();
    await simulator('refunds', `payment_intent=${payment.paymentIntentId}&amount=300`);
    await shop.orderBecomes(order.id, 'partially_refunded');
    expect(await shop.paymentNow(payment.id)).toMatchObject({ amountRefunded: 300 });
  });

  it('a refund that fails after it had succeeded is taken back', async () => {
    const { order, payment } = await paid();
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    await shop.orderBecomes(order.id, 'refunded');
    const [refund] = await shop.database.query<{ id: string; provider_reference: string }>(
      'SELECT id, provider_reference FROM refunds WHERE payment_id = $1',
      [payment.id],
    );
    await deliver({
      id: 'evt_refund_failed',
      type: 'refund.failed',
      data: {
        object: {
          id: refund!.provider_reference,
          amount: 1000,
          status: 'failed',
          failure_reason: 'expired_or_canceled_card',
          metadata: { refundId: refund!.id },
        },
      },
    });
    expect(await shop.paymentNow(payment.id)).toMatchObject({ amountRefunded: 0 });
    expect((await shop.orderNow(order.id)).paymentStatus).toBe('paid');
    // For the audit at the end: a person refunds it at the provider in another way.
    await deliver({
      id: 'evt_by_hand',
      type: 'refund.updated',
      data: {
        object: {
          id: 're_by_hand',
          amount: 1000,
          status: 'succeeded',
          payment_intent: payment.paymentIntentId,
          metadata: {},
        },
      },
    });
    expect((await shop.orderNow(order.id)).paymentStatus).toBe('refunded');
  });
});
