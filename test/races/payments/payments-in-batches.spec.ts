import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { differencesFromProvider, untilQuiet } from '../../support/provider-view.js';
import { countByStatus, Shop, type Payment, type Product } from '../../support/shop.js';

/** Requests that are accepted in one transaction decide as if they had come one after the other. */
describe('payments and confirmations that arrive at once', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(async () => {
    await untilQuiet(shop);
    expect(await audit(shop.database)).toEqual(clean);
    expect(await differencesFromProvider(shop)).toEqual([]);
    await shop.close();
  });

  const orders = (count: number) => Promise.all(Array.from({ length: count }, () => shop.order(mug.id)));

  it('pay each order once, and refuse the others one by one', async () => {
    const ids = (await orders(8)).map(({ id }) => id);
    const asked = [...ids, ...ids, ...ids, ...ids].map((orderId) => ({ key: randomUUID(), orderId }));
    const post = ({ key, orderId }: { key: string; orderId: string }) =>
      shop.post('/payments', { orderId, paymentMethodId: 'pm_card_visa' }, key);
    const answers = await Promise.all(asked.map(post));
    expect(countByStatus(answers)).toEqual({ 202: 8, 409: 24 });
    for (const orderId of ids)
      expect(countByStatus(answers.filter((_, i) => asked[i]!.orderId === orderId))).toEqual({ 202: 1, 409: 3 });
    expect(answers.filter(({ status }) => status === 409).every(({ body }) => body.code === 'payment-exists')).toBe(
      true,
    );
    // Repeated, each gets what it was answered, refusals as well.
    const again = await Promise.all(asked.map(post));
    expect(again.map(({ status, text }) => [status, text])).toEqual(answers.map(({ status, text }) => [status, text]));
    for (const id of ids) await shop.orderBecomes(id, 'paid');
    const rows = await shop.database.query('SELECT 1 FROM payments WHERE order_id = ANY($1)', [ids]);
    expect(rows).toHaveLength(8);
  });

  it('take nothing from one another when some of them cannot be', async () => {
    const [mine, second] = await orders(2);
    const paid = (await shop.paid(mug.id)).order;
    const bodies = [
      { orderId: mine!.id, paymentMethodId: 'pm_card_visa' },
      { orderId: randomUUID(), paymentMethodId: 'pm_card_visa' },
      { orderId: paid.id, paymentMethodId: 'pm_card_visa' },
      { orderId: second!.id, paymentMethodId: 'pm_card_visa', amount: 1 },
      { orderId: second!.id, paymentMethodId: randomUUID() },
      { amount: 500, currency: 'USD', paymentMethodId: 'pm_card_visa' },
      { orderId: second!.id, paymentMethodId: 'pm_card_visa' },
    ];
    const answers = await Promise.all(bodies.map((body) => shop.post('/payments', body, randomUUID())));
    expect(answers.map(({ status, body }) => (status === 202 ? 202 : `${status} ${body.code}`))).toEqual([
      202,
      '404 not-found',
      '409 payment-exists',
      '422 amount-mismatch',
      '422 payment-method-not-usable',
      202,
      202,
    ]);
    await shop.orderBecomes(mine!.id, 'paid');
    await shop.orderBecomes(second!.id, 'paid');
  });

  it('follow what one before them in the same transaction has closed', async () => {
    // A payment that failed is closed to make room for the next; one that is refused after that takes it back.
    const all = await orders(4);
    for (const { id } of all) {
      const { body } = await shop
        .post('/payments', { orderId: id, paymentMethodId: 'pm_card_visa_chargeDeclined' })
        .expect(202);
      await shop.becomes((body as Payment).id, 'failed');
    }
    const bodies = all.flatMap(({ id: orderId }) => [
      { orderId, paymentMethodId: randomUUID() },
      { orderId, paymentMethodId: 'pm_card_visa' },
      { orderId, paymentMethodId: 'pm_card_visa' },
    ]);
    const answers = await Promise.all(bodies.map((body) => shop.post('/payments', body, randomUUID())));
    // The unusable one is told so where it came first, and that there is a payment where it did not.
    expect(countByStatus(answers)[202]).toBe(4);
    expect(answers.every(({ status }) => [202, 409, 422].includes(status))).toBe(true);
    for (const { id } of all) await shop.orderBecomes(id, 'paid');
  });

  it('confirm each payment once', async () => {
    const intents = await Promise.all((await orders(6)).map(({ id }) => shop.intent(id)));
    const names = intents.flatMap(({ id, paymentIntentId }) => [id, paymentIntentId, id]);
    const answers = await Promise.all(
      names.map((name) => shop.post(`/payments/intents/${name}/confirm`, { paymentMethodId: 'pm_card_visa' })),
    );
    expect(countByStatus(answers)).toEqual({ 202: 6, 409: 12 });
    for (const { id } of intents) await shop.becomes(id, 'succeeded');
    for (const { id } of intents) {
      const confirmed = (await shop.eventsOf(id)).filter(({ type }) => type === 'payment.confirmation_requested');
      expect(confirmed).toHaveLength(1);
    }
  });
});
