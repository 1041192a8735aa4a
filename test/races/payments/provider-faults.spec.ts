import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FaultRule } from '../../../tools/simulator/faults.js';
import { audit, clean } from '../../support/books.js';
import { differencesFromProvider, untilQuiet } from '../../support/provider-view.js';
import { eventually, Shop, type Payment, type Product } from '../../support/shop.js';

interface Run {
  id: string;
  status: string;
  report: {
    payments: Record<string, number>;
    sums: object[];
    differences: Record<string, number>;
    healed: number;
    open: number;
  };
  differences: {
    class: string;
    paymentId: string | null;
    orderId: string | null;
    reference: string | null;
    outcome: string;
    detail: string;
  }[];
}

describe('a provider with faults', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product({ stock: 10_000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const faults = (...rules: FaultRule[]) => shop.simulator.scheduleFaults(rules);
  const take = async (more: object = {}) =>
    (
      await shop
        .post('/payments', { amount: 1000, currency: 'USD', paymentMethodId: 'pm_card_visa', ...more })
        .expect(202)
    ).body as Payment;
  const reconcile = async (at = shop) =>
    (await at.post('/operations/reconciliations').set('Prefer', 'wait=30').expect(200)).body as Run;
  const intentsOf = async (paymentId: string) => {
    const all = await shop.stripe().paymentIntents.list({ limit: 100 });
    return all.data.filter(({ metadata }) => metadata['paymentId'] === paymentId).map(({ status }) => status);
  };

  // Six: three of the four attempts of a call, each of which the SDK repeats once by itself after a reset.
  it.each([1, 6])(
    'that charges and drops the answer %i times: no second charge, and the payment succeeds without help',
    async (times) => {
      faults({ fault: 'lost_answer', on: 'create', times }, { fault: 'lost_answer', on: 'confirm', times: 1 });
      const before = shop.simulator.callsOf('create');
      const payment = await take();
      await shop.becomes(payment.id, 'succeeded', 55_000);
      await untilQuiet(shop);
      expect(await intentsOf(payment.id)).toEqual(['succeeded']);
      expect(shop.simulator.callsOf('create') - before).toBeGreaterThanOrEqual(times);
      expect(await differencesFromProvider(shop)).toEqual([]);
    },
    60_000,
  );

  it('that drops the answer and whose webhooks never come: the outcome is asked for', async () => {
    const { payment } = await shop.authorized(mug.id);
    faults({ fault: 'lost_answer', on: 'capture', times: 8 }, { fault: 'webhook_never' });
    await shop.post(`/payments/intents/${payment.id}/capture`, { amount: 600 }).expect(202);
    expect(await shop.becomes(payment.id, 'succeeded', 25_000)).toMatchObject({ amountCaptured: 600 });
    faults();
  });

  it('that drops the answers to creating, capturing, refunding and voiding does each once', async () => {
    faults(
      ...(['create', 'capture', 'refund', 'cancel'] as const).map((on) => ({
        fault: 'lost_answer' as const,
        on,
        times: 2,
      })),
    );
    const { order, payment } = await shop.authorized(mug.id);
    await shop.post(`/payments/intents/${payment.id}/capture`, { amount: 900 }).expect(202);
    await shop.becomes(payment.id, 'succeeded', 30_000);
    await shop.post(`/payments/${payment.id}/refunds`, { amount: 400 }).expect(202);
    await shop.orderBecomes(order.id, 'partially_refunded');
    const { order: second, payment: authorized } = await shop.authorized(mug.id);
    await shop.post(`/orders/${second.id}/cancel`).expect(200);
    await shop.becomes(authorized.id, 'canceled', 30_000);
    await untilQuiet(shop);
    expect(await differencesFromProvider(shop)).toEqual([]);
  });

  it('that takes another amount than it was asked to is never believed, and is reported', async () => {
    faults({ fault: 'wrong_amount', on: 'confirm', times: 1 });
    const order = await shop.order(mug.id);
    const payment = await take({ orderId: order.id });
    const run = await eventually(reconcile, ({ report }) => report.differences['amount'] === 1);
    expect(run.differences).toMatchObject([
      { class: 'amount', paymentId: payment.id, orderId: order.id, outcome: 'open' },
    ]);
    expect((await shop.paymentNow(payment.id)).status).toBe('processing');
    expect(await shop.orderNow(order.id)).toMatchObject({ status: 'pending', paymentStatus: 'processing' });
    // The provider's own message may come after the reconciliation.
    await eventually(
      async () => ((await shop.get('/webhooks/inbox?status=needs_review').expect(200)).body as { data: object[] }).data,
      (messages) => messages.length === 1,
    );
    // A person gives the wrong money back and cancels the order.
    await shop.database.query(`DELETE FROM outbox`);
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    await shop.database.query(`UPDATE payments SET status = 'canceled' WHERE id = $1`, [payment.id]);
    await shop.database.query(
      `INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at)
       SELECT gen_random_uuid(), 'payment.canceled', 'payment', $1, max(sequence) + 1, '{}', now() FROM events WHERE subject_id = $1`,
      [payment.id],
    );
    await untilQuiet(shop);
  });

  // tools/bench/outage.ts measures the same for a minute: how fast the answers are, and how fast the backlog drains.
  it('that is down: payments are taken all the same, the breaker opens, calls stay few, nothing is lost', async () => {
    const fresh = await Shop.open();
    fresh.simulator.goDown();
    const taken: Promise<Payment>[] = [];
    for (let i = 0; i < 150; i++) {
      taken.push(
        fresh
          .post('/payments', { amount: 1000, currency: 'USD', paymentMethodId: 'pm_card_visa' })
          .expect(202)
          .then(({ body }) => body as Payment),
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const payments = await Promise.all(taken);
    expect((await fresh.metrics()).text).toMatch(/^payment_provider_breaker_open (1|0\.5)$/m);
    // Five are enough to open it; what has begun by then is finished, and every 5 s one is let through to see.
    const inVain = fresh.simulator.callsOf();
    expect(inVain).toBeGreaterThanOrEqual(5);
    expect(inVain).toBeLessThan(60);
    // Making an intent needs the provider's answer, so that is refused, and may be repeated.
    const product = await fresh.product();
    const order = await fresh.order(product.id);
    const refused = await fresh.post('/payments/intents', { orderId: order.id }, 'again').expect(503);
    expect(refused.headers['retry-after']).toBeDefined();
    fresh.simulator.comeBack();
    for (const { id } of payments) await fresh.becomes(id, 'succeeded', 60_000);
    // By now the relay may have made it, or not: to whom it was refused, it is given in either case.
    await fresh.post('/payments/intents', { orderId: order.id }, 'again').expect(201);
    await untilQuiet(fresh);
    expect(await differencesFromProvider(fresh)).toEqual([]);
    expect(await audit(fresh.database)).toEqual(clean);
    await fresh.close();
  }, 120_000);
});
