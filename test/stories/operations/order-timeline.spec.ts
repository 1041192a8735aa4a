import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Receiver } from '../../support/receiver.js';
import { postProcessorEvent, processorEvent } from '../../support/processor-event.js';
import { eventually, Shop, type Product } from '../../support/shop.js';

interface Entry {
  at: string;
  kind: string;
  type: string;
  id: string;
  requestId: string | null;
  causedBy: string | null;
  detail: Record<string, any>;
}

describe('the operator of the shop', () => {
  let shop: Shop;
  let mug: Product;
  let receiver: Receiver;
  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: true, webhookRetrySchedule: [0, 0] });
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(async () => {
    // What came due in the time that was let pass is still on its way.
    await shop.ownReactionsAreDone(0);
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });
  beforeEach(async () => {
    receiver = await Receiver.open();
  });
  afterEach(() => receiver.close());

  const register = async () =>
    (
      (await shop.post('/webhooks/endpoints', { url: receiver.url, events: ['order.*', 'payment.*'] }).expect(201))
        .body as { id: string }
    ).id;
  const quiet = () =>
    eventually(
      // What only looks after things that were cut short is due later, and finds nothing to do.
      () => shop.database.query(`SELECT subscriber FROM outbox WHERE subscriber <> 'payments.finish-creating-intent'`),
      (rows) => rows.length === 0,
    );

  describe('sees the timeline of an order', () => {
    const timeline = async (id: string) =>
      (await shop.get(`/orders/${id}/timeline`).expect(200)).body as { data: Entry[]; truncated: boolean };

    it('with its events, payment, provider events, movements of money and deliveries, in order', async () => {
      const endpoint = await register();
      receiver.statuses = [500];
      const { order, payment } = await shop.paid(mug.id);
      await shop
        .post(`/payments/${payment.id}/refunds`, { amount: 300, reason: 'a crack' })
        .set('Prefer', 'wait=10')
        .expect(200);
      await quiet();
      const { data, truncated } = await timeline(order.id);
      expect(truncated).toBe(false);
      expect(data.map(({ at }) => at)).toEqual(data.map(({ at }) => at).sort());
      expect(data[0]).toMatchObject({
        kind: 'event',
        type: 'order.placed',
        id: expect.any(String),
        requestId: expect.any(String),
        detail: { sequence: 1 },
      });
      const has = (kind: string, type: string) => data.filter((entry) => entry.kind === kind && entry.type === type);
      for (const type of [
        'payment.created',
        'payment.confirmation_requested',
        'payment.succeeded',
        'order.completed',
        'payment.refund_requested',
        'payment.refunded',
      ])
        expect([type, has('event', type).length]).toEqual([type, 1]);
      expect(has('notice', 'payment_intent.succeeded')[0]!.detail).toMatchObject({
        provider: 'stripe',
        status: expect.stringMatching(/applied|ignored/),
      });
      expect(has('movement', 'payment')[0]!.detail).toMatchObject({
        amount: 1000,
        currency: 'USD',
        from: 'cash',
        to: 'revenue',
      });
      expect(has('movement', 'refund_paid')[0]!.detail).toMatchObject({ amount: 300 });
      const attempts = has('delivery', 'order.placed');
      expect(attempts.map(({ detail }) => [detail['attempt'], detail['answer']])).toEqual([
        [1, 500],
        [2, 200],
      ]);
      expect(attempts[0]).toMatchObject({
        causedBy: data[0]!.id,
        requestId: data[0]!.requestId,
        actor: 'key:demo',
        detail: { endpointId: endpoint },
      });
      await shop.delete(`/webhooks/endpoints/${endpoint}`).expect(204);
    });

    it('also of an order whose provider event needs review', async () => {
      const order = await shop.order(mug.id);
      await postProcessorEvent(shop, processorEvent({ orderId: order.id, amount: 1, currency: 'USD' })).expect(200);
      const entries = await eventually(
        async () => (await timeline(order.id)).data,
        (data) => data.some(({ kind }) => kind === 'notice'),
      );
      expect(entries.find(({ kind }) => kind === 'notice')!.detail).toMatchObject({
        provider: 'payments',
        status: 'needs_review',
      });
    });

    it('of orders that exist, and not as a customer', async () => {
      await shop.get(`/orders/${randomUUID()}/timeline`).expect(404);
      await shop.get('/orders/nonsense/timeline').expect(404);
      expect((await timeline((await shop.order(mug.id)).id)).data).toHaveLength(1);
    });
  });
});
