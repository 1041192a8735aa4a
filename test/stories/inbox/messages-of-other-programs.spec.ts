import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { postStripeEvent } from '../../support/stripe-event.js';
import { eventually, Shop, type Product } from '../../support/shop.js';

interface Message {
  eventId: string;
  status: string;
  effect: string;
}

describe('one account at Stripe, several programs and versions', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product();
  });
  afterAll(() => shop.close());

  const tell = async (type: string, body: object) => {
    const id = `evt_${randomUUID()}`;
    await postStripeEvent(shop, JSON.stringify({ id, type, ...body })).expect(200);
    const found = await eventually(
      async () =>
        ((await shop.get('/webhooks/inbox?limit=100').expect(200)).body as { data: Message[] }).data.find(
          ({ eventId }) => eventId === id,
        ),
      (message) => message !== undefined && message.status !== 'received',
    );
    return found!.status;
  };
  const carried = (type: string, object: object) => tell(type, { object: 'event', data: { object } });

  it('objects that carry none of our ids are ignored at once', async () => {
    const intent = { id: 'pi_foreign', object: 'payment_intent', amount: 4200, amount_received: 4200, currency: 'usd' };
    for (const metadata of [{}, { order_id: '6735' }, { paymentId: 'not one of ours' }])
      for (const status of ['succeeded', 'processing', 'requires_action', 'canceled'])
        expect(await carried('payment_intent.succeeded', { ...intent, status, metadata })).toBe('ignored');
    const charge = { id: 'ch_1', object: 'charge', amount: 1, amount_refunded: 1, currency: 'usd' };
    for (const payment_intent of [null, 'pi_foreign', { id: 'pi_foreign' }])
      expect(await carried('charge.refunded', { ...charge, payment_intent })).toBe('ignored');
    const refund = { id: 're_1', object: 'refund', amount: 1, currency: 'usd', status: 'succeeded' };
    for (const payment_intent of [null, 'pi_foreign'])
      for (const type of ['refund.created', 'refund.failed', 'charge.refund.updated'])
        expect(await carried(type, { ...refund, payment_intent })).toBe('ignored');
  });

  it('thin events are looked up at the provider', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    await shop.simulatorPays(payment.paymentIntentId);
    const related = {
      id: payment.paymentIntentId,
      type: 'payment_intent',
      url: `/v1/payment_intents/${payment.paymentIntentId}`,
    };
    const thin = { object: 'v2.core.event', related_object: related };
    expect(await tell('v1.payment_intent.succeeded', thin)).toBe('applied');
    expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ status: 'completed' });
    for (const wrong of [null, { id: 'cus_1', type: 'customer' }, { id: 7, type: 'refund' }])
      expect(await tell('v1.payment_intent.succeeded', { ...thin, related_object: wrong })).toBe('needs_review');
    const foreign = { ...thin, related_object: { ...related, id: 'pi_foreign' } };
    expect(await tell('v1.payment_intent.succeeded', foreign)).toBe('applied'); // looked up, and nothing of ours
    await shop.ownReactionsAreDone();
    expect(await shop.database.query('SELECT 1 FROM dead_letters')).toEqual([]);
  });

  it('refunds that fail are told under an older name, too', async () => {
    const { order, payment } = await shop.paid(mug.id);
    await shop.post(`/payments/${payment.id}/refunds`).set('Prefer', 'wait=10').expect(200);
    await shop.orderBecomes(order.id, 'refunded');
    const [refund] = (await shop.stripe().refunds.list({ payment_intent: payment.paymentIntentId })).data;
    expect(
      await carried('charge.refund.updated', { ...refund, status: 'failed', failure_reason: 'lost_or_stolen_card' }),
    ).toBe('applied');
    expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ amountRefunded: 0 });
  });

  it('an old failure told again under an old version does not end the attempt that runs now', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    const failed = {
      id: payment.paymentIntentId,
      object: 'payment_intent',
      amount: 1000,
      currency: 'usd',
      status: 'requires_payment_method',
      metadata: { paymentId: payment.id },
      last_payment_error: { code: 'card_declined', message: 'no', charge: 'ch_first' },
    };
    for (const shape of [
      { latest_charge: 'ch_first' },
      { charges: { object: 'list', data: [{ id: 'ch_first', object: 'charge' }] } },
      {},
    ]) {
      await carried('payment_intent.payment_failed', { ...failed, ...shape });
      expect(await shop.paymentNow(payment.id)).toMatchObject({ status: 'failed' });
    }
    shop.simulator.scheduleFaults([{ fault: 'slow', on: 'confirm', times: 1, delayMs: 700 }]);
    await shop.confirm(payment.id);
    expect(await carried('payment_intent.payment_failed', { ...failed, charges: { data: [{ id: 'ch_first' }] } })).toBe(
      'ignored',
    );
    await shop.orderBecomes(order.id, 'paid');
  });
});
