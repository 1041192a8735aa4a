import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { audit, clean } from '../../support/books.js';
import { postStripeEvent } from '../../support/stripe-event.js';
import { eventually, Shop, type Payment, type Product } from '../../support/shop.js';

describe('disputes', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product();
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toMatchObject(clean);
    await shop.close();
  });

  const disputed = async (method = 'pm_card_createDispute') => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    await shop.confirm(payment.id, method);
    const found = await eventually(
      () => shop.paymentNow(payment.id),
      ({ disputes }) => disputes.length === 1 && disputes[0]!.funds !== 'held',
    );
    const [there] = (await shop.stripe().disputes.list({ payment_intent: payment.paymentIntentId })).data;
    return { order, payment: found, there: there!.id };
  };
  const movements = async (paymentId: string) =>
    (
      await shop.database.query<{ kind: string; amount: number }>(
        `SELECT kind, amount::int FROM ledger_movements WHERE payment_id = $1 AND kind LIKE 'dispute%' ORDER BY id`,
        [paymentId],
      )
    ).map(({ kind, amount }) => `${kind} ${amount}`);
  const becomes = (payment: Payment, status: string, funds: string) =>
    eventually(
      () => shop.paymentNow(payment.id),
      ({ disputes }) => disputes[0]?.status === status && disputes[0].funds === funds,
    );

  it('that are lost take the money for good, and the books say so', async () => {
    const { order, payment, there } = await disputed();
    expect(await shop.orderBecomes(order.id, 'disputed')).toMatchObject({ status: 'completed', amountPaid: 1000 });
    expect(payment.disputes).toMatchObject([
      { amount: 1000, reason: 'fraudulent', status: 'open', funds: 'withdrawn' },
    ]);
    expect((await shop.post(`/payments/${payment.id}/refunds`).expect(409)).body).toMatchObject({
      code: 'payment-disputed',
      status: 409,
      disputed: 1000,
      refundable: 0,
    });
    shop.simulator.decideDispute(there, false);
    await becomes(payment, 'lost', 'withdrawn');
    expect(await shop.orderNow(order.id)).toMatchObject({ paymentStatus: 'disputed' });
    expect(await movements(payment.id)).toEqual(['dispute_withdrawn 1000', 'dispute_lost 1000']);
    const { text } = await shop.get(`/orders/${order.id}/timeline`).expect(200);
    expect(text).toContain('payment.disputed');
    expect(text).toContain('payment.dispute_closed');
  });

  it('that are won give it again', async () => {
    const { order, payment } = await disputed();
    const [there] = (await shop.stripe().disputes.list({ payment_intent: payment.providerReference })).data;
    await shop.stripe().disputes.update(there!.id, { evidence: { uncategorized_text: 'winning_evidence' } });
    await becomes(payment, 'won', 'reinstated');
    expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ status: 'completed' });
    expect(await movements(payment.id)).toEqual(['dispute_withdrawn 1000', 'dispute_reinstated 1000']);
    await shop.post(`/payments/${payment.id}/refunds`).expect(202);
  });

  it('come to the same end in whatever order their messages come, and twice', async () => {
    const orders = [
      ['created', 'funds_withdrawn', 'closed'],
      ['closed', 'funds_withdrawn', 'created'],
      ['funds_withdrawn', 'closed', 'closed', 'created', 'funds_withdrawn'],
      ['closed'],
    ];
    for (const messages of orders) {
      const { order, payment } = await shop.paid(mug.id);
      const id = `dp_${randomUUID().replaceAll('-', '')}`;
      for (const message of messages) {
        const object = {
          id,
          object: 'dispute',
          amount: 1000,
          currency: 'usd',
          charge: 'ch_probe',
          payment_intent: payment.paymentIntentId,
          reason: 'product_not_received',
          status: message === 'closed' ? 'lost' : 'needs_response',
        };
        const event = {
          id: `evt_${randomUUID()}`,
          object: 'event',
          type: `charge.dispute.${message}`,
          data: { object },
        };
        await postStripeEvent(shop, JSON.stringify(event)).expect(200);
        await shop.idle();
      }
      await becomes(payment, 'lost', 'withdrawn');
      expect(await movements(payment.id)).toEqual(['dispute_withdrawn 1000', 'dispute_lost 1000']);
      expect(await shop.orderNow(order.id)).toMatchObject({ paymentStatus: 'disputed' });
    }
  });

  it('of another amount, or of payments of other programs, move nothing', async () => {
    const { payment } = await shop.paid(mug.id);
    const tell = async (changes: object) => {
      const object = {
        id: `dp_${randomUUID().replaceAll('-', '')}`,
        object: 'dispute',
        amount: 1000,
        currency: 'usd',
        payment_intent: payment.paymentIntentId,
        reason: 'general',
        status: 'lost',
        ...changes,
      };
      const id = `evt_${randomUUID()}`;
      const event = { id, object: 'event', type: 'charge.dispute.closed', data: { object } };
      await postStripeEvent(shop, JSON.stringify(event)).expect(200);
      const settled = await eventually(
        async () =>
          (
            (await shop.get('/webhooks/inbox?limit=100').expect(200)).body as {
              data: { eventId: string; status: string }[];
            }
          ).data.find(({ eventId }) => eventId === id),
        (message) => message !== undefined && message.status !== 'received',
      );
      return settled!.status;
    };
    expect(await tell({ currency: 'eur' })).toBe('needs_review');
    expect(await tell({ payment_intent: 'pi_of_another_program' })).toBe('ignored');
    expect(await tell({ payment_intent: null })).toBe('ignored');
    expect(await movements(payment.id)).toEqual([]);
  });

  it('that are only inquiries withhold nothing', async () => {
    const order = await shop.order(mug.id);
    const payment = await shop.intent(order.id);
    await shop.confirm(payment.id, 'pm_card_createDisputeInquiry');
    await shop.orderBecomes(order.id, 'disputed');
    const [there] = (await shop.stripe().disputes.list({ payment_intent: payment.paymentIntentId })).data;
    shop.simulator.decideDispute(there!.id, true);
    await becomes(payment, 'won', 'held');
    expect(await movements(payment.id)).toEqual([]);
    await shop.orderBecomes(order.id, 'paid');
  });
});
