import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { differencesFromProvider, untilQuiet } from '../../support/provider-view.js';
import { eventually, Shop, type Payment } from '../../support/shop.js';

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

const none = { missing_here: 0, missing_there: 0, status: 0, amount: 0, refund: 0, dispute: 0, duplicate_charge: 0 };

describe('reconciliation with a provider', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });
  const reconcile = async (at = shop) =>
    (await at.post('/operations/reconciliations').set('Prefer', 'wait=30').expect(200)).body as Run;

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
    // status: the provider has the money, the event never came.
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

  it('that was quiet about a payment is asked, though its outcome could not be told to the caller who asked for it', async () => {
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
  }, 400_000);
});
