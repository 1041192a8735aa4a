import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { eventually, Shop, type Product } from '../../support/shop.js';
import { intentEvent, postStripeEvent } from '../../support/stripe-event.js';

/** Faults that this program had once, each kept from coming back. */
describe('never again', () => {
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

  const notice = async (event: object) => {
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

  it.each([
    '/products?q=%00',
    '/products?sku=a%00b',
    '/orders?customerId=%00',
    '/orders?createdFrom=2024-W05',
    '/orders?createdFrom=20240101',
    '/orders?createdTo=2024-01-01T10',
    '/orders?createdTo=2024-13-01T00:00:00Z',
  ])('%s is refused, not a fault of ours', async (path) => {
    await shop.get(path).expect(400);
  });

  it('lines that are lists are refused', async () => {
    for (const items of [[[{ productId: mug.id, quantity: 1 }]], [[]]])
      await shop.post('/orders', { items }).expect(400);
  });

  it('metadata comes back as it was sent, whatever its members are named', async () => {
    const metadata = { toString: 'a', valueOf: { hasOwnProperty: [1] }, plain: null };
    const order = await shop.order(mug.id, 1, { metadata, shippingAddress: metadata });
    expect(order).toMatchObject({ metadata, shippingAddress: metadata });
  });

  it('late news of a failed attempt does not touch the next one', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    const failure = {
      status: 'requires_payment_method',
      latest_charge: 'ch_1',
      last_payment_error: { code: 'card_declined', message: 'no' },
    };
    await notice(intentEvent('payment_intent.payment_failed', payment, failure));
    await shop.orderBecomes(order.id, 'failed');
    await notice(intentEvent('payment_intent.processing', payment, { status: 'processing' }));
    expect((await shop.paymentNow(payment.id)).status).toBe('failed');
    shop.simulator.sendWebhooksTo(null);
    await shop.confirm(payment.id);
    await notice(intentEvent('payment_intent.payment_failed', payment, failure));
    expect((await shop.paymentNow(payment.id)).status).toBe('processing');
    shop.simulator.sendWebhooksTo(`${shop.url}/api/v1/webhooks/stripe`);
    await shop.orderBecomes(order.id, 'paid');
  });

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
    // Then the notice of the refund that was made at the provider comes, and the books agree.
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
    await notice({
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
    await notice({
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

  describe('when the provider is down', () => {
    it('creating an intent is 503 and safe to repeat, with the same key, another, or none', async () => {
      for (const keys of [
        ['k1', 'k1'],
        ['k2', 'k3'],
        [undefined, undefined],
      ]) {
        const order = await shop.order(mug.id);
        const create = (key: string | undefined) => {
          const request = shop.post('/payments/intents', { orderId: order.id }, key);
          return key === undefined ? request.unset('Idempotency-Key') : request;
        };
        shop.simulator.goDown();
        const refused = await create(keys[0]).expect(503);
        expect(refused.headers['retry-after']).toBeDefined();
        shop.simulator.comeBack();
        // The breaker may have opened; it lets a probe through after 5 s.
        const payment = await eventually(
          async () => (await create(keys[1])).body as { clientSecret?: string },
          (body) => Boolean(body.clientSecret),
          15_000,
        );
        expect(payment.clientSecret).toMatch(/^pi_.*_secret_/);
      }
    }, 60_000);

    it('one key does not answer for another order', async () => {
      const [a, b] = [await shop.order(mug.id), await shop.order(mug.id, 2)];
      shop.simulator.goDown();
      await shop.post('/payments/intents', { orderId: a.id }, 'one-key').expect(503);
      shop.simulator.comeBack();
      const forB = await eventually(
        () => shop.post('/payments/intents', { orderId: b.id }, 'one-key'),
        ({ status }) => status !== 503,
        15_000,
      );
      // The first request left nothing that was answered, so the key is free: it may make B's payment, never hand out A's.
      expect(forB.body).toMatchObject({ orderId: b.id, amount: 2000 });
      expect((await shop.post('/payments/intents', { orderId: a.id }, 'one-key').expect(422)).body.code).toBe(
        'idempotency-key-reused',
      );
    }, 30_000);
  });
});
