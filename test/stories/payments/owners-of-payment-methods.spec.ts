import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { eventually, Shop, type Product } from '../../support/shop.js';
import { PASSWORD, peopleOf } from '../access/people.js';

describe('the payment methods of a customer', () => {
  let shop: Shop;
  let mug: Product;
  const { as, customer } = peopleOf(() => shop);
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(async () => {
    await shop.ownReactionsAreDone();
    expect(await audit(shop.database)).toMatchObject(clean);
    await shop.close();
  });

  it('belong to one customer: nobody else reads, detaches or pays with them', async () => {
    const [ada, ben] = [await customer(), await customer()];
    const { body: mine } = await as(ada.accessToken, 'post', '/payments/methods')
      .send({ paymentMethodId: 'pm_card_visa' })
      .expect(201);
    expect(mine.customerId).toBe(ada.user.id);
    await as(ada.accessToken, 'get', `/payments/methods/${mine.id}`).expect(200);
    await as(ben.accessToken, 'get', `/payments/methods/${mine.id}`).expect(404);
    await as(ben.accessToken, 'delete', `/payments/methods/${mine.id}`).expect(404);
    expect((await as(ben.accessToken, 'get', '/payments/methods').expect(200)).body.data).toEqual([]);
    await as(ben.accessToken, 'get', `/payments/methods?customerId=${ada.user.id}`).expect(403);
    await as(ben.accessToken, 'post', '/payments/methods').send({ customerId: ada.user.id }).expect(403);
    const { body: order } = await as(ben.accessToken, 'post', '/orders')
      .set('Idempotency-Key', randomUUID())
      .send({ items: [{ productId: mug.id, quantity: 1 }] })
      .expect(201);
    for (const paymentMethodId of [mine.id, mine.providerReference]) {
      const stolen = await as(ben.accessToken, 'post', '/payments')
        .set('Idempotency-Key', randomUUID())
        .send({ orderId: order.id, paymentMethodId })
        .expect(422);
      expect(stolen.body.code).toBe('payment-method-not-usable');
    }
    // Without its payer only the shop charges it, and only what is saved.
    await as(ada.accessToken, 'post', `/payments/intents/${randomUUID()}/confirm`)
      .send({ paymentMethodId: mine.id, offSession: true })
      .expect(403);
    const hers = await shop.order(mug.id, 1, { customerId: ada.user.id });
    const intent = await shop.intent(hers.id);
    await shop
      .post(`/payments/intents/${intent.id}/confirm`, { paymentMethodId: 'pm_card_visa', offSession: true })
      .expect(422);
  });

  it('go with the person: here, and at the provider', async () => {
    const ada = await customer();
    const { body: saved } = await as(ada.accessToken, 'post', '/payments/methods')
      .send({ paymentMethodId: 'pm_card_visa' })
      .expect(201);
    const stripe = shop.stripe();
    const { customer: reference } = await stripe.paymentMethods.retrieve(saved.providerReference as string);
    expect((await as(ada.accessToken, 'get', '/auth/me/export').expect(200)).body.paymentMethods).toMatchObject([
      { id: saved.id, last4: '4242' },
    ]);
    await as(ada.accessToken, 'delete', '/auth/me').send({ password: PASSWORD }).expect(204);
    await shop.ownReactionsAreDone();
    await eventually(
      () => stripe.customers.retrieve(reference as string).catch((error: { code?: string }) => error),
      (found) => 'code' in found && found.code === 'resource_missing',
    );
    const { body: after } = await shop.get(`/payments/methods/${saved.id}`).expect(200);
    expect(after).toMatchObject({ status: 'detached', last4: null, customerId: expect.stringMatching(/^erased-/) });
  });
});
