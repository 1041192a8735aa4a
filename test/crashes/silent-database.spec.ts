import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Proxy } from '../../tools/torture/proxy.js';
import { audit, clean } from '../support/books.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { call } from '../support/server-process.js';
import { Shop } from '../support/shop.js';
import { isReady, saysOfDatabase } from './readiness.js';

describe('a shop that waits for', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(async () => {
    expect(await audit(database)).toEqual(clean);
    await database.drop();
  });

  it('answers from a database that has gone silent: no request waits forever, and the connections are replaced', async () => {
    const proxy = await Proxy.listen();
    proxy.pointTo(Number(new URL(database.url).port));
    const url = new URL(database.url);
    url.port = String(proxy.port);
    // Nothing but these requests, so that they meet connections which were there before the silence.
    const shop = await Shop.open({ role: 'api' }, { ...database, url: url.href });
    const mug = await shop.product({ stock: 10 });
    const order = { items: [{ productId: mug.id, quantity: 1 }] };
    proxy.slowDown(50);
    expect((await call(shop.url, 'POST', '/orders', order, 'slowly'))!.status).toBe(201);
    proxy.slowDown(0);
    await Promise.all(Array.from({ length: 4 }, () => call(shop.url, 'GET', '/orders')));
    proxy.stall();
    const begun = Date.now();
    const [placed, read, listed, ready] = await Promise.all([
      call(shop.url, 'POST', '/orders', order, 'silence'),
      call(shop.url, 'GET', `/products/${mug.id}`),
      call(shop.url, 'GET', '/orders'),
      saysOfDatabase(shop.url),
    ]);
    expect([placed!.status, read!.status, listed!.status]).toEqual([503, 503, 503]);
    expect(ready).toEqual({
      name: 'database',
      ok: false,
      detail: expect.stringMatching(/^It (has not answered within 4 s|does not answer)\.$/),
    });
    // 17 s for a connection that was there, and an order is tried once more; new connections are given up after 3.
    expect(Date.now() - begun).toBeGreaterThan(15_000);
    expect(Date.now() - begun).toBeLessThan(45_000);
    proxy.resume();
    await isReady(shop.url);
    expect((await call(shop.url, 'POST', '/orders', order, 'silence'))!.status).toBe(201);
    expect(await shop.stockOf(mug.id)).toBe(8);
    await shop.close();
    await proxy.close();
  }, 90_000);
});
