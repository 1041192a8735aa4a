import { expect, it } from '@jest/globals';
import { Shop } from '../../support/shop.js';

it('a lookup whose connection was killed is asked again, and no place in the pool is lost', async () => {
  const shop = await Shop.open({ databasePoolMax: 4 });
  const { id } = await shop.product();
  for (let i = 0; i < 12; i++) {
    await Promise.all(Array.from({ length: 5 }, () => shop.get(`/products/${id}`).expect(200)));
    await shop.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'quittance-all'`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await shop.get(`/products/${id}`).expect(200);
  expect((await shop.order(id)).status).toBe('pending');
  await shop.close();
});
