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

const none = { missing_here: 0, missing_there: 0, status: 0, amount: 0, refund: 0, duplicate_charge: 0 };

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
    const { body } = await shop.get('/webhooks/inbox?status=needs_review').expect(200);
    expect((body as { data: object[] }).data).toHaveLength(1);
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

  it('is looked through: every class of difference is named, and the safe ones are healed', async () => {
    const fresh = await Shop.open({ simulatorDelayMs: 700 });
    const product = await fresh.product({ stock: 100 });
    const stripe = fresh.stripe();
    fresh.simulator.scheduleFaults([{ fault: 'webhook_never' }]);
    const processing = async (orderId: string) => {
      const payment = await fresh.intent(orderId);
      await fresh.confirm(payment.id);
      await eventually(
        () => stripe.paymentIntents.retrieve(payment.paymentIntentId),
        ({ status }) => status === 'succeeded',
      );
      return payment;
    };
    // status: the provider has the money, the notice never came.
    const dropped = await processing((await fresh.order(product.id)).id);
    // refund: made at the provider, past us, and never told.
    const { payment: paid } = await (async () => {
      fresh.simulator.scheduleFaults([]);
      const done = await fresh.paid(product.id);
      fresh.simulator.scheduleFaults([{ fault: 'webhook_never' }]);
      return done;
    })();
    await stripe.refunds.create({ payment_intent: paid.paymentIntentId, amount: 250 });
    // missing here: money of which we know nothing.
    const foreign = await stripe.paymentIntents.create({ amount: 777, currency: 'usd' });
    await stripe.paymentIntents.confirm(foreign.id, { payment_method: 'pm_card_visa' });
    await eventually(
      () => stripe.paymentIntents.retrieve(foreign.id),
      ({ status }) => status === 'succeeded',
    );
    // duplicate charge: given up while it was being processed, paid all the same, and never told; another has paid the order.
    const twice = await fresh.order(product.id);
    const abandoned = await fresh.intent(twice.id);
    await fresh.confirm(abandoned.id);
    await eventually(
      () => stripe.paymentIntents.retrieve(abandoned.paymentIntentId),
      ({ status }) => status === 'processing',
    );
    await fresh.post(`/payments/intents/${abandoned.id}/cancel`).expect(202);
    await untilQuiet(fresh);
    fresh.simulator.scheduleFaults([{ fault: 'webhook_never', on: 'payment_intent.succeeded', times: 1 }]);
    const second = await fresh.intent(twice.id);
    await fresh.confirm(second.id);
    await fresh.becomes(second.id, 'succeeded');
    expect(await fresh.paymentNow(abandoned.id)).toMatchObject({ status: 'processing' });
    // missing there: a payment that the provider has forgotten.
    const { payment: forgotten } = await fresh.paid(product.id);
    await fresh.database.query(`UPDATE payments SET provider_reference = 'pi_gone' WHERE id = $1`, [forgotten.id]);
    await untilQuiet(fresh);

    const run = await reconcile(fresh);
    const classOf = (paymentId: string) =>
      run.differences
        .filter((difference) => difference.paymentId === paymentId)
        .map(({ class: name, outcome }) => [name, outcome]);
    expect(classOf(dropped.id)).toEqual([['status', 'healed']]);
    expect(classOf(paid.id)).toEqual([['refund', 'healed']]);
    expect(run.differences.find(({ reference }) => reference === foreign.id)).toMatchObject({
      class: 'missing_here',
      outcome: 'open',
    });
    expect(run.differences.filter(({ reference }) => reference === 'pi_gone')).toMatchObject([
      { class: 'missing_there', outcome: 'open' },
    ]);
    expect(classOf(abandoned.id)).toEqual([['duplicate_charge', 'healed']]);
    expect(await fresh.paymentNow(abandoned.id)).toMatchObject({ status: 'succeeded', amountRefunded: 1000 });
    expect(await fresh.becomes(dropped.id, 'succeeded')).toMatchObject({ amountCaptured: 1000 });
    expect((await fresh.paymentNow(paid.id)).amountRefunded).toBe(250);
    expect(await fresh.orderNow(twice.id)).toMatchObject({ status: 'completed', paymentStatus: 'paid' });
    await untilQuiet(fresh);
    // What a person must look at is still there, everything else is healed.
    const again = await reconcile(fresh);
    expect(again.differences.map(({ class: name }) => name).sort()).toEqual([
      'missing_here',
      'missing_here',
      'missing_there',
    ]);
    expect((await fresh.get(`/operations/reconciliations/${again.id}`).expect(200)).body).toEqual(again);
    expect(((await fresh.get('/operations/reconciliations').expect(200)).body as { data: object[] }).data).toHaveLength(
      2,
    );
    await fresh
      .post('/operations/reconciliations', { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' })
      .expect(400);
    await fresh.close();
  }, 90_000);

  it('that was quiet about a payment is asked, though merchants have still to be told of that payment', async () => {
    const fresh = await Shop.open({ webhookAllowPrivate: true });
    const endpoint = (
      await fresh.post('/webhooks/endpoints', { url: 'http://127.0.0.1:9/', events: ['*'] }).expect(201)
    ).body as { id: string };
    await fresh.patch(`/webhooks/endpoints/${endpoint.id}`, { status: 'paused' }).expect(200);
    const order = await fresh.order((await fresh.product({ stock: 10 })).id);
    const payment = await fresh.intent(order.id);
    await fresh.confirm(payment.id, 'pm_card_chargeDeclined');
    await fresh.becomes(payment.id, 'failed');
    await fresh.simulatorPays(payment.paymentIntentId);
    await eventually(
      () =>
        fresh.database.query(
          `SELECT 1 FROM outbox o JOIN events e ON e.id = o.event_id WHERE e.subject_id = $1 AND strpos(o.subscriber, '/') > 0`,
          [payment.id],
        ),
      (waiting) => waiting.length > 0,
    );
    await fresh.ownReactionsAreDone();
    expect((await reconcile(fresh)).differences).toMatchObject([
      { paymentId: payment.id, class: 'status', outcome: 'healed' },
    ]);
    expect(await fresh.orderBecomes(order.id, 'paid')).toMatchObject({ status: 'completed' });
    await fresh.close();
  });

  it('that was quiet about a payment is asked, though its outcome could not be told to whoever asked for it', async () => {
    const fresh = await Shop.open({ webhookAllowPrivate: true });
    const declined = {
      amount: 700,
      currency: 'USD',
      paymentMethodId: 'pm_card_chargeDeclined',
      webhookUrl: 'http://127.0.0.1:9/',
    };
    const payment = (await fresh.post('/payments', declined).expect(202)).body as Payment;
    await fresh.becomes(payment.id, 'failed');
    await eventually(
      () =>
        fresh.database.query(
          `SELECT 1 FROM outbox WHERE subscriber = 'webhooks.post-payment-outcome' AND attempts > 0`,
        ),
      (waiting) => waiting.length > 0,
    );
    await fresh.simulatorPays((await fresh.paymentNow(payment.id)).providerReference);
    expect((await reconcile(fresh)).differences).toMatchObject([
      { paymentId: payment.id, class: 'status', outcome: 'healed' },
    ]);
    expect(await fresh.paymentNow(payment.id)).toMatchObject({ status: 'succeeded', amountCaptured: 700 });
    await fresh.close();
  });

  it('that is scheduled is reconciled once per turn, however many processes there are', async () => {
    const { ReconciliationSchedule } =
      await import('#modules/payments/infrastructure/reconciliation/schedule-reconciliation.js');
    const first = await Shop.open({ reconciliationInterval: 3600 });
    const second = await Shop.open({ reconciliationInterval: 3600 }, first.database);
    await Promise.all(
      [first, second, first, second].map((at) => at.application.nest.get(ReconciliationSchedule).run()),
    );
    const { body } = await first.get('/operations/reconciliations').expect(200);
    expect((body as { data: object[] }).data).toMatchObject([{ trigger: 'schedule' }]);
    await second.close();
    await first.close();
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
    await fresh.post('/payments/intents', { orderId: order.id }, 'again').expect(201);
    await untilQuiet(fresh);
    expect(await differencesFromProvider(fresh)).toEqual([]);
    expect(await audit(fresh.database)).toEqual(clean);
    await fresh.close();
  }, 120_000);

  it('that drops 5 % of the webhooks of 1,000 payments: one run names exactly those and leaves no difference', async () => {
    const fresh = await Shop.open();
    fresh.simulator.scheduleFaults([{ fault: 'webhook_never', on: 'payment_intent.succeeded', probability: 0.05 }]);
    const payments: Payment[] = [];
    for (let batch = 0; batch < 20; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () =>
          fresh
            .post('/payments', {
              amount: 1000 + batch,
              currency: batch % 2 ? 'USD' : 'EUR',
              paymentMethodId: 'pm_card_visa',
            })
            .expect(202),
        ),
      );
      payments.push(...answers.map(({ body }) => body as Payment));
    }
    const stuck = () =>
      fresh.database.query<{ id: string }>(`SELECT id FROM payments WHERE status <> 'succeeded' ORDER BY id`);
    const isDone = async () => {
      const intents = fresh.stripe().paymentIntents.list({ limit: 100 });
      let settled = 0;
      for await (const { status } of intents) settled += status === 'succeeded' ? 1 : 0;
      return settled;
    };
    await eventually(isDone, (n) => n === 1000, 90_000);
    await untilQuiet(fresh);
    const lost = (await eventually(stuck, (rows) => rows.length < 100, 30_000)).map(({ id }) => id);
    expect(lost.length).toBeGreaterThan(20);
    const run = await reconcile(fresh);
    expect(run.status).toBe('finished');
    expect(run.report.differences).toEqual({ ...none, status: lost.length });
    expect(run.differences.map(({ paymentId }) => paymentId).sort()).toEqual(lost);
    expect(run.report).toMatchObject({
      healed: lost.length,
      open: 0,
      payments: { provider: 1000, ours: 1000, same: 1000 - lost.length, waiting: 0 },
    });
    expect(await stuck()).toEqual([]);
    const after = await reconcile(fresh);
    expect(after.report).toMatchObject({ differences: none, payments: { same: 1000 } });
    for (const { provider, ours } of after.report.sums as { provider: object; ours: object }[])
      expect(ours).toEqual(provider);
    expect(await differencesFromProvider(fresh)).toEqual([]);
    expect(await audit(fresh.database)).toEqual(clean);
    await fresh.close();
  }, 180_000);
});
