import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { peopleOf } from '../../stories/access/people.js';
import { audit, clean } from '../../support/books.js';
import { countByStatus, Shop } from '../../support/shop.js';

describe('one customer who orders on two replicas at once', () => {
  let shop: Shop;
  let replica: Shop;
  const { customer } = peopleOf(() => shop);
  beforeAll(async () => {
    shop = await Shop.open();
    replica = await Shop.open({}, shop.database);
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await replica.close();
    await shop.close();
  });

  it.each([
    ['orders', 1, 10],
    ['units', 6, 8],
  ])('gets the unpaid %s that a customer may have, and no more', async (_, quantity, most) => {
    const mug = await shop.product({ stock: 1000 });
    for (let round = 0; round < 4; round++) {
      const { accessToken, user } = await customer();
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          fetch(`${(i % 2 ? shop : replica).url}/api/v1/orders`, {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              authorization: `Bearer ${accessToken}`,
              'idempotency-key': randomUUID(),
            },
            body: JSON.stringify({ items: [{ productId: mug.id, quantity }] }),
          }),
        ),
      );
      expect(countByStatus(answers)).toEqual({ 201: most, 409: 40 - most });
      const [row] = await shop.database.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM orders WHERE customer_id = $1',
        [user.id],
      );
      expect(row!.n).toBe(most);
    }
    expect(await shop.stockOf(mug.id)).toBe(1000 - 4 * most * quantity);
  });
});
