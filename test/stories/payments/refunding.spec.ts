import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Shop, type Product, type Refund } from '../../support/shop.js';

describe('every way a payment can go', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const refundsOf = async (id: string) =>
    ((await shop.get(`/payments/${id}/refunds`).expect(200)).body as { data: Refund[] }).data;

  describe('refunding', () => {
    it('gives back a part, then the rest, and never more', async () => {
      const { order, payment } = await shop.paid(mug.id, 3);
      const first = await shop
        .post(`/payments/${payment.id}/refunds`, { amount: 1000, reason: 'one was broken' })
        .expect(202);
      expect(first.body).toMatchObject({
        paymentId: payment.id,
        amount: 1000,
        status: 'pending',
        reason: 'one was broken',
        currency: 'USD',
      });
      expect(first.headers['location']).toBe(`/api/v1/payments/${payment.id}/refunds`);
      await shop.orderBecomes(order.id, 'partially_refunded');
      expect((await shop.post(`/payments/${payment.id}/refunds`, { amount: 2001 }).expect(409)).body).toMatchObject({
        code: 'refund-exceeds-captured',
        refundable: 2000,
      });
      const rest = await shop.post(`/payments/${payment.paymentIntentId}/refunds`).set('Prefer', 'wait=10').expect(200);
      expect(rest.body).toMatchObject({
        amount: 2000,
        status: 'succeeded',
        providerReference: expect.stringMatching(/^re_/),
      });
      await shop.orderBecomes(order.id, 'refunded');
      expect(await shop.paymentNow(payment.id)).toMatchObject({ amountCaptured: 3000, amountRefunded: 3000 });
      await shop.post(`/payments/${payment.id}/refunds`).expect(409);
      expect((await refundsOf(payment.id)).map(({ amount }) => amount)).toEqual([2000, 1000]);
      expect(
        (await shop.stripe().refunds.list({ payment_intent: payment.paymentIntentId })).data
          .map(({ amount }) => amount)
          .sort(),
      ).toEqual([1000, 2000]);
    });

    it('needs a key, an amount that is one, and money that is there', async () => {
      const { payment } = await shop.paid(mug.id);
      for (const amount of [0, -100, 0.5, '100'])
        await shop.post(`/payments/${payment.id}/refunds`, { amount }).expect(400);
      const { status, body } = await fetchPost(shop, `/payments/${payment.id}/refunds`, {});
      expect([status, body.code]).toEqual([400, 'idempotency-key-missing']);
      const open = await shop.intent((await shop.order(mug.id)).id);
      await shop.post(`/payments/${open.id}/refunds`).expect(409);
      await shop.post(`/payments/${randomUUID()}/refunds`).expect(404);
      expect(await refundsOf(payment.id)).toEqual([]);
    });

    it('that was made at the provider, past us, is booked', async () => {
      const { order, payment } = await shop.paid(mug.id);
      await shop.stripe().refunds.create({ payment_intent: payment.paymentIntentId, amount: 300 });
      await shop.orderBecomes(order.id, 'partially_refunded');
      expect(await shop.paymentNow(payment.id)).toMatchObject({ amountRefunded: 300 });
      await shop.post(`/payments/${payment.id}/refunds`, { amount: 701 }).expect(409);
    });
  });
});

async function fetchPost(shop: Shop, path: string, body: object): Promise<{ status: number; body: { code?: string } }> {
  const answer = await fetch(`${shop.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'test-key-123' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as { code?: string } };
}
