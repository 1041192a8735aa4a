import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { eventually, Shop, type Product } from '../../support/shop.js';
import { intentEvent, postStripeEvent } from '../../support/stripe-event.js';

describe('a provider that is late or down', () => {
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

  it('late news of a failed attempt does not touch the next one', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    const failure = {
      status: 'requires_payment_method',
      latest_charge: 'ch_1',
      last_payment_error: { code: 'card_declined', message: 'no' },
    };
    await deliver(intentEvent('payment_intent.payment_failed', payment, failure));
    await shop.orderBecomes(order.id, 'failed');
    await deliver(intentEvent('payment_intent.processing', payment, { status: 'processing' }));
    expect((await shop.paymentNow(payment.id)).status).toBe('failed');
    shop.simulator.sendWebhooksTo(null);
    await shop.confirm(payment.id);
    await deliver(intentEvent('payment_intent.payment_failed', payment, failure));
    expect((await shop.paymentNow(payment.id)).status).toBe('processing');
    shop.simulator.sendWebhooksTo(`${shop.url}/api/v1/webhooks/stripe`);
    await shop.orderBecomes(order.id, 'paid');
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

    it('an intent that was refused, and then finished by the relay, is given to the caller who repeats', async () => {
      const order = await shop.order(mug.id);
      shop.simulator.goDown();
      await shop.post('/payments/intents', { orderId: order.id }, 'finished-later').expect(503);
      shop.simulator.comeBack();
      const { body: waiting } = await shop.get(`/payments?orderId=${order.id}`).expect(200);
      await shop.pass(31);
      const finished = await eventually(
        () => shop.paymentNow(waiting.data[0].id as string),
        ({ providerReference }) => providerReference !== null,
        30_000,
      );
      const { body } = await shop.post('/payments/intents', { orderId: order.id }, 'finished-later').expect(201);
      expect(body).toMatchObject({ id: finished.id, paymentIntentId: finished.providerReference });
      expect(body.clientSecret).toMatch(/^pi_.*_secret_/);
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
