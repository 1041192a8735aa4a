import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { countByStatus, Shop } from '../../support/shop.js';

describe('searches of strangers', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ databasePoolMax: 10 });
    await shop.database.query(
      `INSERT INTO products SELECT gen_random_uuid(), 's' || n, 'Product ' || n, repeat('lorem ipsum ', 100), 100, 'USD', true, '{}', 1, now(), now() FROM generate_series(1, 30000) n`,
    );
    await shop.database.query(`INSERT INTO inventory SELECT id, 100, false FROM products`);
  });
  afterAll(() => shop.close());

  const search = (q: string) => supertest(shop.url).get(`/api/v1/products?q=${q}`);

  it('take a share of the connections, and leave other requests theirs', async () => {
    const searches = Array.from({ length: 12 }, (_, i) => search(`nothing-${i}`).then((answer) => answer));
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      const begun = performance.now();
      await shop.get('/orders?limit=1').expect(200);
      times.push(performance.now() - begun);
    }
    const busy = await shop.database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query ILIKE '%ILIKE $%' AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    expect(busy[0]!.n).toBeLessThanOrEqual(2);
    const counts = countByStatus(await Promise.all(searches));
    expect(counts).toEqual({ 200: 12 });
    expect(times.sort((a, b) => a - b)[5]).toBeLessThan(500);
  });

  it('end after a second, with a clear answer', async () => {
    // As slow as a catalogue of millions.
    await shop.database.query(
      `CREATE FUNCTION slow(text) RETURNS text LANGUAGE sql AS 'SELECT $1 FROM pg_sleep(3)'; ALTER TABLE products RENAME TO all_products;
       CREATE VIEW products AS SELECT id, sku, slow(name) AS name, description, price, currency, active, tax_class, weight_g, requires_shipping, metadata, version, created_at, updated_at FROM all_products;
       GRANT SELECT ON products TO PUBLIC`,
    );
    const begun = performance.now();
    const { body } = await search('mug').expect(503);
    expect(body).toMatchObject({
      code: 'unavailable',
      detail: 'The search took too long. Ask for less, or more precisely.',
    });
    expect(performance.now() - begun).toBeLessThan(2_500);
  });
});
