import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { countByStatus, Shop } from '../../support/shop.js';

describe('one customer who saves payment methods at once', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    await shop.ownReactionsAreDone();
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const save = (body: object, key = randomUUID()) => shop.post('/payments/methods', body, key);

  it('has as many as a customer may have, and one customer at the provider', async () => {
    for (let round = 0; round < 3; round++) {
      const customerId = `collector-${randomUUID()}`;
      const answers = await Promise.all(
        Array.from({ length: 40 }, () => save({ customerId, paymentMethodId: 'pm_card_visa' })),
      );
      expect(countByStatus(answers)).toEqual({ 201: 20, 409: 20 });
      const { body } = await shop.get(`/payments/methods?customerId=${customerId}&limit=100`).expect(200);
      const references = (body.data as { providerReference: string }[]).map((one) => one.providerReference);
      const kept = await Promise.all(references.map((one) => shop.stripe().paymentMethods.retrieve(one)));
      expect(new Set(kept.map(({ customer }) => customer)).size).toBe(1);
    }
  });

  it('has one customer at the provider afterwards, and one of each card', async () => {
    const customerId = `clicker-${randomUUID()}`;
    // What lost the race of the test before is still being forgotten at the provider.
    await shop.ownReactionsAreDone();
    const before = (await shop.stripe().customers.list({ limit: 100 })).data.length;
    await Promise.all(
      Array.from({ length: 6 }, () => save({ customerId, paymentMethodId: 'pm_card_visa' }).expect(201)),
    );
    await shop.ownReactionsAreDone();
    expect((await shop.stripe().customers.list({ limit: 100 })).data.length).toBe(before + 1);
    for (let round = 0; round < 4; round++) {
      const { payment_method: reference } = await shop
        .stripe()
        .setupIntents.create({ payment_method: 'pm_card_visa', confirm: true });
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => save({ customerId, paymentMethodId: reference as string })),
      );
      expect(answers.filter(({ body }) => body.status === 'active')).toHaveLength(1);
      expect(answers.map(({ status }) => status).every((status) => status === 201 || status === 422)).toBe(true);
      await shop
        .delete(`/payments/methods/${answers.find(({ body }) => body.status === 'active')!.body.id}`)
        .expect(204);
    }
  });

  it('has one of each key', async () => {
    const customerId = `repeater-${randomUUID()}`;
    const key = randomUUID();
    const body = { customerId, paymentMethodId: 'pm_card_visa' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => save(body, key)));
    expect(countByStatus(answers)[201]).toBeGreaterThan(0);
    const ids = answers.filter(({ status }) => status === 201).map(({ body: { id } }) => id as string);
    expect(new Set(ids).size).toBe(1);
    const rows = await shop.database.query('SELECT 1 FROM payment_methods WHERE customer_id = $1', [customerId]);
    expect(rows).toHaveLength(1);
  });
});
