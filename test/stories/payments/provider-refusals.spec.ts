import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { postProcessorEvent, processorEvent } from '../../support/processor-event.js';
import { untilQuiet } from '../../support/provider-view.js';
import { Receiver } from '../../support/receiver.js';
import { eventually, Shop, type Payment, type Product, type Refund } from '../../support/shop.js';
import { postStripeEvent } from '../../support/stripe-event.js';

interface Run {
  report: { differences: Record<string, number>; open: number };
  differences: { class: string; paymentId: string; outcome: string; detail: string }[];
}

describe('what a provider will not do', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: true });
    mug = await shop.product({ stock: 1000 });
  });
  afterEach(() => shop.simulator.scheduleFaults([]));
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const take = async (more: object) =>
    (
      await shop
        .post('/payments', { amount: 1000, currency: 'USD', paymentMethodId: 'pm_card_visa', ...more })
        .expect(202)
    ).body as Payment;
  const reconcile = async () =>
    (await shop.post('/operations/reconciliations').set('Prefer', 'wait=20').expect(200)).body as Run;
  const external = async (orderId: string) =>
    eventually(
      async () =>
        ((await shop.get(`/payments?orderId=${orderId}`).expect(200)).body as { data: Payment[] }).data.find(
          ({ provider }) => provider === 'external',
        ),
      (found) => found !== undefined,
    );

  it('a payment that the provider will not have at all fails, and says so', async () => {
    shop.simulator.refuseAmountsBelow(50);
    const payment = await take({ amount: 1 });
    expect(await shop.becomes(payment.id, 'failed')).toMatchObject({ lastError: { code: 'amount_too_small' } });
    shop.simulator.refuseAmountsBelow(0);
    await untilQuiet(shop);
  });

  it('a refund of unwanted money that the provider refuses is tried again, then left to a person', async () => {
    const careful = await Shop.open({ orderAutoComplete: false });
    const product = await careful.product({ stock: 5 });
    const { order, payment } = await careful.paid(product.id);
    careful.simulator.refuseRefunds(true);
    await careful.post(`/orders/${order.id}/cancel`).expect(200);
    const refunds = async () =>
      ((await careful.get(`/payments/${payment.id}/refunds`).expect(200)).body as { data: Refund[] }).data;
    const hurry = () =>
      careful.database.query(`UPDATE outbox SET due_at = now() WHERE subscriber = 'payments.retry-unwanted-refund'`);
    await eventually(
      async () => {
        await hurry();
        return refunds();
      },
      (found) => found.filter(({ status }) => status === 'failed').length === 2,
    );
    // Until then it is named by reconciliation.
    const { body } = await careful.post('/operations/reconciliations').set('Prefer', 'wait=20').expect(200);
    expect(
      (body as Run).differences
        .filter(({ paymentId }) => paymentId === payment.id)
        .every(({ class: name }) => name === 'refund'),
    ).toBe(true);
    careful.simulator.refuseRefunds(false);
    await eventually(
      async () => {
        await hurry();
        return careful.orderNow(order.id);
      },
      ({ paymentStatus }) => paymentStatus === 'refunded',
    );
    expect(await careful.paymentNow(payment.id)).toMatchObject({ amountCaptured: 1000, amountRefunded: 1000 });
    await untilQuiet(careful);
    await careful.close();
  });

  it('payments of another processor are neither confirmed nor canceled here', async () => {
    const order = await shop.order(mug.id);
    const about = { orderId: order.id, amount: 1000, currency: 'USD' };
    await postProcessorEvent(shop, processorEvent(about, 'payment.failed')).expect(200);
    const payment = (await external(order.id))!;
    expect(
      (await shop.post(`/payments/intents/${payment.id}/confirm`, { paymentMethodId: 'pm_card_visa' }).expect(409)).body
        .code,
    ).toBe('invalid-payment-state');
    expect((await shop.post(`/payments/intents/${payment.id}/cancel`).expect(409)).body.code).toBe(
      'invalid-payment-state',
    );
    await postProcessorEvent(shop, processorEvent(about)).expect(200);
    expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ status: 'completed' });
  });

  it('a void or a capture that was given up is found and asked for again', async () => {
    const giveUp = (paymentId: string) =>
      eventually(
        () =>
          shop.database.query(
            `DELETE FROM outbox o USING events e WHERE e.id = o.event_id AND e.subject_id = $1 RETURNING o.id`,
            [paymentId],
          ),
        (gone) => gone.length > 0,
      );
    const { payment: voided } = await shop.authorized(mug.id);
    const { payment: captured } = await shop.authorized(mug.id);
    shop.simulator.scheduleFaults([{ fault: 'server_error' }]);
    await shop.post(`/payments/intents/${voided.id}/cancel`).expect(202);
    await shop.post(`/payments/intents/${captured.id}/capture`, { amount: 400 }).expect(202);
    await giveUp(voided.id);
    await giveUp(captured.id);
    await new Promise((resolve) => setTimeout(resolve, 4_000)); // what had begun is over by then
    shop.simulator.scheduleFaults([]);
    await new Promise((resolve) => setTimeout(resolve, 6_000)); // until the breaker lets calls through again
    const { differences } = await reconcile();
    expect(differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ class: 'status', paymentId: voided.id, outcome: 'healed' }),
        expect.objectContaining({ class: 'status', paymentId: captured.id, outcome: 'healed' }),
      ]),
    );
    await shop.becomes(voided.id, 'canceled');
    expect(await shop.becomes(captured.id, 'succeeded')).toMatchObject({ amountCaptured: 400 });
    await untilQuiet(shop);
  });

  it('a method that is none, after a decline, fails the payment again', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    await shop.confirm(payment.id, 'pm_card_chargeDeclined');
    await shop.becomes(payment.id, 'failed');
    await shop.confirm(payment.id, 'pm_nonsense');
    expect(await shop.becomes(payment.id, 'failed')).toMatchObject({ lastError: { code: 'resource_missing' } });
  });

  it('a refund of which only the charge tells is looked up', async () => {
    const { order, payment } = await shop.paid(mug.id);
    shop.simulator.scheduleFaults([{ fault: 'webhook_never' }]);
    await shop.stripe().refunds.create({ payment_intent: payment.paymentIntentId, amount: 250 });
    const charge = {
      id: 'ch_1',
      object: 'charge',
      currency: 'usd',
      amount_refunded: 250,
      payment_intent: payment.paymentIntentId,
    };
    await postStripeEvent(
      shop,
      JSON.stringify({ id: `evt_${randomUUID()}`, type: 'charge.refunded', data: { object: charge } }),
    ).expect(200);
    await shop.orderBecomes(order.id, 'partially_refunded');
    expect((await shop.paymentNow(payment.id)).amountRefunded).toBe(250);
    const again = { id: `evt_${randomUUID()}`, type: 'charge.refunded', data: { object: charge } };
    await postStripeEvent(shop, JSON.stringify(again)).expect(200);
    await untilQuiet(shop);
    expect((await shop.paymentNow(payment.id)).amountRefunded).toBe(250);
  });

  it('a receiver that never answers does not delay another', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const good = await Receiver.open();
    const webhookUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    for (let i = 0; i < 12; i++) await take({ webhookUrl });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const started = Date.now();
    await take({ webhookUrl: good.url });
    await eventually(
      async () => good.received.length,
      (n) => n === 1,
    );
    expect(Date.now() - started).toBeLessThan(5_000);
    silent.closeAllConnections();
    silent.close();
    await good.close();
    await shop.database.query(`DELETE FROM outbox WHERE subscriber = 'webhooks.post-payment-outcome'`);
  });

  it('an intent that could not be finished is taken over only by a request for the same', async () => {
    const order = await shop.order(mug.id);
    shop.simulator.goDown();
    await shop.post('/payments/intents', { orderId: order.id }).expect(503);
    shop.simulator.comeBack();
    expect((await shop.post('/payments/intents', { orderId: order.id, amount: 1 }).expect(422)).body.code).toBe(
      'amount-mismatch',
    );
    expect(
      (await shop.post('/payments/intents', { orderId: order.id, paymentMethodTypes: ['sepa_debit'] }).expect(409)).body
        .code,
    ).toBe('payment-exists');
    await eventually(
      () => shop.post('/payments/intents', { orderId: order.id }),
      ({ status }) => status === 201,
      15_000,
    );
  }, 30_000);
});
