import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { DEMO_WEBHOOK_SIGNING_SECRET } from '#modules/payments/settings.js';
import { audit, clean } from '../../support/books.js';
import { Receiver } from '../../support/receiver.js';
import { eventually, Shop, type Payment, type Product } from '../../support/shop.js';

describe('a payment in one request', () => {
  let shop: Shop;
  let mug: Product;
  let receiver: Receiver;
  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: true, webhookRetrySchedule: [0, 0, 1] });
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });
  beforeEach(async () => {
    receiver = await Receiver.open();
  });
  afterEach(() => receiver.close());

  const take = (more: object = {}) =>
    shop.post('/payments', { amount: 2999, currency: 'usd', paymentMethodId: 'pm_card_visa', ...more });
  const verify = new Webhook(DEMO_WEBHOOK_SIGNING_SECRET);

  it('is answered at once and succeeds in the background, without an order', async () => {
    const answer = await take().expect(202);
    const payment = answer.body as Payment;
    expect(payment).toMatchObject({ status: 'processing', amount: 2999, currency: 'USD', orderId: null });
    expect(answer.headers['location']).toBe(`/api/v1/payments/${payment.id}`);
    expect(await shop.becomes(payment.id, 'succeeded')).toMatchObject({
      amountCaptured: 2999,
      providerReference: expect.stringMatching(/^pi_/),
    });
    const refund = await shop
      .post(`/payments/${payment.id}/refunds`, { amount: 999 })
      .set('Prefer', 'wait=10')
      .expect(200);
    expect(refund.body).toMatchObject({ status: 'succeeded', amount: 999 });
  });

  it('pays for an order and completes it', async () => {
    const order = await shop.order(mug.id);
    expect((await take({ orderId: order.id }).expect(422)).body).toMatchObject({
      code: 'amount-mismatch',
      amount: 1000,
    });
    const payment = (await take({ orderId: order.id, amount: 1000 }).expect(202)).body as Payment;
    expect((await take({ orderId: order.id, amount: 1000 }).expect(409)).body).toMatchObject({
      code: 'payment-exists',
      paymentId: payment.id,
    });
    expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ status: 'completed' });
    await take({ orderId: order.id, amount: 1000 }).expect(409);
    await take({ orderId: randomUUID() }).expect(404);
  });

  it('may be tried again on its order after it was declined', async () => {
    const order = await shop.order(mug.id);
    const first = (
      await take({ orderId: order.id, amount: 1000, paymentMethodId: 'pm_card_chargeDeclined' })
        .set('Prefer', 'wait=10')
        .expect(200)
    ).body as Payment;
    expect(first).toMatchObject({ status: 'failed', lastError: { code: 'card_declined' } });
    const second = (await take({ orderId: order.id, amount: 1000 }).expect(202)).body as Payment;
    await shop.becomes(second.id, 'succeeded');
    expect((await shop.paymentNow(first.id)).status).toBe('canceled');
  });

  it('may be tried again with another method without an order too, and tells each outcome', async () => {
    const first = (await take({ paymentMethodId: 'pm_card_chargeDeclined', webhookUrl: receiver.url }).expect(202))
      .body as Payment;
    await shop.becomes(first.id, 'failed');
    await shop.confirm(first.id, 'pm_card_visa');
    await shop.becomes(first.id, 'succeeded');
    await eventually(
      async () => receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type),
      (types) => types.join() === 'payment.failed,payment.succeeded',
    );
  });

  it('waits for its outcome when that is preferred, and says so', async () => {
    const key = randomUUID();
    const body = { amount: 500, currency: 'USD', paymentMethodId: 'pm_card_visa' };
    const waited = await shop.post('/payments', body, key).set('Prefer', 'respond-async, wait=10').expect(200);
    expect(waited.headers['preference-applied']).toBe('wait=10');
    expect(waited.body).toMatchObject({ status: 'succeeded' });
    // What the provider tells of the charge besides may still change the payment.
    await shop.ownReactionsAreDone();
    const again = await shop.post('/payments', body, key).set('Prefer', 'wait=10').expect(200);
    const { risk: _risk, ...now } = (await shop.get(`/payments/${(waited.body as Payment).id}`).expect(200))
      .body as Payment & { risk: unknown };
    expect([again.body, again.headers['idempotent-replayed']]).toEqual([now, 'true']);
    expect((await shop.post('/payments', body, key).expect(202)).headers['preference-applied']).toBeUndefined();
    expect(((await shop.post('/payments', body, key)).body as Payment).id).toBe((waited.body as Payment).id);
  });

  it('that takes longer than the caller wants to wait is answered 202', async () => {
    shop.simulator.scheduleFaults([{ fault: 'slow', on: 'create', times: 1, delayMs: 1500 }]);
    const started = Date.now();
    const answer = await take().set('Prefer', 'wait=1').expect(202);
    expect(answer.headers['preference-applied']).toBe('wait=1');
    expect(Date.now() - started).toBeGreaterThanOrEqual(1000);
    await shop.becomes((answer.body as Payment).id, 'succeeded');
  });

  it.each([
    ['pm_card_visa', 'payment.succeeded', 'succeeded'],
    ['pm_card_chargeDeclined', 'payment.failed', 'failed'],
  ] as const)(
    'with %s posts %s to its webhookUrl, signed, until it is accepted',
    async (paymentMethodId, type, status) => {
      receiver.statuses = [500, 302];
      const payment = (await take({ paymentMethodId, webhookUrl: receiver.url }).expect(202)).body as Payment;
      await eventually(
        async () => receiver.received.length,
        (n) => n >= 3,
      );
      const [first, ...others] = receiver.received;
      for (const other of others)
        expect([other.body, other.headers['webhook-id']]).toEqual([first!.body, first!.headers['webhook-id']]);
      for (const { body, headers } of receiver.received) {
        expect(verify.verify(body, headers as Record<string, string>)).toMatchObject({
          id: headers['webhook-id'],
          type,
        });
      }
      expect(JSON.parse(first!.body)).toMatchObject({
        type,
        timestamp: expect.any(String),
        data: { id: payment.id, status, amount: 2999, currency: 'USD' },
      });
      expect(() => verify.verify(first!.body.replace('2999', '1'), first!.headers as Record<string, string>)).toThrow();
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(receiver.received).toHaveLength(3);
    },
  );

  it('whose webhookUrl is gone or never answers well gives up and leaves a dead letter', async () => {
    receiver.statuses = [410];
    const gone = (await take({ webhookUrl: receiver.url }).expect(202)).body as Payment;
    const dead = () =>
      shop.database.query<{ last_error: string; attempts: number }>(
        `SELECT d.last_error, d.attempts FROM dead_letters d JOIN events e ON e.id = d.event_id WHERE e.subject_id = ANY($1)`,
        [[gone.id, ...other]],
      );
    const other: string[] = [];
    await eventually(dead, (letters) => letters.length === 1);
    expect(await dead()).toEqual([{ last_error: 'The receiver answered 410 Gone.', attempts: 1 }]);
    receiver.statuses = [500, 500, 500, 500];
    other.push(((await take({ webhookUrl: receiver.url }).expect(202)).body as Payment).id);
    const letters = await eventually(dead, (found) => found.length === 2);
    expect(letters.map(({ attempts }) => attempts).sort()).toEqual([1, 3]);
    expect(receiver.received).toHaveLength(4);
  });

  it('needs a key, and money, and a method', async () => {
    const answer = await fetch(`${shop.url}/api/v1/payments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'test-key-123' },
      body: JSON.stringify({ amount: 1, currency: 'USD', paymentMethodId: 'pm_card_visa' }),
    });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'idempotency-key-missing']);
    for (const wrong of [
      { amount: 0 },
      { amount: -1 },
      { amount: 1e12 },
      { currency: 'XXZ' },
      { paymentMethodId: '' },
      { amount: undefined },
      { capture: true },
    ]) {
      expect((await take(wrong).expect(400)).body.code).toBe('validation-failed');
    }
  });

  it('is created once at the provider, however often its key is sent at once', async () => {
    const key = randomUUID();
    const body = { amount: 700, currency: 'USD', paymentMethodId: 'pm_card_visa' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.post('/payments', body, key)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const { id } = answers[0]!.body as Payment;
    await shop.becomes(id, 'succeeded');
    const { data } = await shop.stripe().paymentIntents.list({ limit: 100 });
    expect(data.filter(({ metadata }) => metadata['paymentId'] === id)).toHaveLength(1);
    expect((await shop.post('/payments', { ...body, amount: 701 }, key).expect(422)).body.code).toBe(
      'idempotency-key-reused',
    );
    // Also when the remembered answer is long gone.
    await shop.database.query('DELETE FROM idempotency_records');
    expect(((await shop.post('/payments', body, key).expect(202)).body as Payment).id).toBe(id);
    expect((await shop.post('/payments', { ...body, amount: 701 }, key).expect(422)).body.code).toBe(
      'idempotency-key-reused',
    );
  });
});
