import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { untilQuiet } from '../../support/provider-view.js';
import { postStripeEvent } from '../../support/stripe-event.js';
import { eventually, Shop, type Product } from '../../support/shop.js';

describe('disputes and refunds at once', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product({ stock: 1_000 });
  });
  afterAll(async () => {
    await untilQuiet(shop);
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const tell = (type: string, object: object) =>
    postStripeEvent(
      shop,
      JSON.stringify({ id: `evt_${randomUUID()}`, object: 'event', type, data: { object } }),
    ).expect(200);

  it('move the money of a dispute once, however many messages about it come at once', async () => {
    const { payment } = await shop.paid(mug.id);
    const dispute = (status: string) => ({
      id: 'dp_of_many_messages',
      object: 'dispute',
      amount: 1000,
      currency: 'usd',
      payment_intent: payment.paymentIntentId,
      reason: 'fraudulent',
      status,
    });
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        i % 3 === 0
          ? tell('charge.dispute.created', dispute('needs_response'))
          : i % 3 === 1
            ? tell('charge.dispute.funds_withdrawn', dispute('needs_response'))
            : tell('charge.dispute.closed', dispute('lost')),
      ),
    );
    await untilQuiet(shop);
    const { disputes } = await shop.paymentNow(payment.id);
    expect(disputes).toMatchObject([{ status: 'lost', funds: 'withdrawn', amount: 1000 }]);
    const kinds = await shop.database.query<{ kind: string }>(
      `SELECT kind FROM ledger_movements WHERE payment_id = $1 AND kind LIKE 'dispute%' ORDER BY kind`,
      [payment.id],
    );
    expect(kinds.map(({ kind }) => kind)).toEqual(['dispute_lost', 'dispute_withdrawn']);
  });

  it('never give back more than is left, with refunds asked for while the dispute is told', async () => {
    for (let round = 0; round < 10; round++) {
      const { payment } = await shop.paid(mug.id);
      const refunds = Promise.all(
        Array.from({ length: 10 }, () => shop.post(`/payments/${payment.id}/refunds`, { amount: 200 })),
      );
      const disputed = tell('charge.dispute.created', {
        id: `dp_${randomUUID().replaceAll('-', '')}`,
        object: 'dispute',
        amount: 1000,
        currency: 'usd',
        payment_intent: payment.paymentIntentId,
        reason: 'fraudulent',
        status: 'needs_response',
      });
      const [answers] = await Promise.all([refunds, disputed]);
      const found = await eventually(
        () => shop.paymentNow(payment.id),
        ({ disputes }) => disputes.length === 1,
      );
      expect(found.amountRefunded).toBe(200 * answers.filter(({ status }) => status === 202).length);
      expect(found.amountRefunded).toBeLessThanOrEqual(1000);
      for (const { status, body } of answers.filter((answer) => answer.status !== 202))
        expect([status, body.code]).toEqual([
          409,
          expect.stringMatching(/^(payment-disputed|refund-exceeds-captured)$/),
        ]);
      await shop.post(`/payments/${payment.id}/refunds`, { amount: 1 }).expect(409);
    }
  });
});
