import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { countByStatus, eventually, Shop } from '../../support/shop.js';

const times = <T>(n: number, act: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => act(i)));

describe('hundreds at once', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  /** Over connections of their own, so that they really arrive together. */
  const post = async (path: string, body: object, key: string = randomUUID(), at = shop) => {
    const answer = await fetch(`${at.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'test-key-123', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };

  const aborts = async () => Number(/^group_commit_aborts_total (\d+)$/m.exec((await shop.metrics()).text)![1]);

  it('400 buyers want two products in opposite order, 50 of each are there: 50 get them', async () => {
    const [a, b] = [await shop.product({ stock: 50 }), await shop.product({ stock: 50 })];
    const answers = await times(400, (i) => {
      const items = [a, b].map(({ id }) => ({ productId: id, quantity: 1 }));
      return post('/orders', { items: i % 2 ? items : items.reverse() });
    });
    expect(countByStatus(answers)).toEqual({ 201: 50, 409: 350 });
    for (const refused of answers.filter(({ status }) => status === 409)) {
      expect(JSON.parse(refused.text)).toMatchObject({
        code: 'insufficient-stock',
        errors: [{ available: expect.any(Number) }, { available: expect.any(Number) }],
      });
    }
    expect([await shop.stockOf(a.id), await shop.stockOf(b.id)]).toEqual([0, 0]);
    const { text } = await shop.metrics();
    expect(text).toMatch(/^group_commit_aborts_total 0$/m);
    expect(text).toMatch(/^database_transaction_retries_total 0$/m);
  });

  it('two replicas on one database sell the last units once', async () => {
    const replica = await Shop.open({}, shop.database);
    const [a, b] = [await shop.product({ stock: 60 }), await shop.product({ stock: 60 })];
    const answers = await times(400, (i) => {
      const items = [a, b].map(({ id }) => ({ productId: id, quantity: 1 }));
      return post('/orders', { items: i % 4 < 2 ? items : items.reverse() }, randomUUID(), i % 2 ? shop : replica);
    });
    expect(countByStatus(answers)).toEqual({ 201: 60, 409: 340 });
    // Without the row lock the CHECK would still keep the stock from going below zero, by rolling batches back. It never has to.
    for (const each of [shop, replica]) expect((await each.metrics()).text).toMatch(/^group_commit_aborts_total 0$/m);
    await replica.close();
  });

  it('100 requests with one key place one order and get the same bytes', async () => {
    const mug = await shop.product({ stock: 100 });
    const body = { items: [{ productId: mug.id, quantity: 1 }] };
    const answers = await times(100, () => post('/orders', body, 'all-together'));
    expect(countByStatus(answers)).toEqual({ 201: 100 });
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(99);
    expect(await shop.stockOf(mug.id)).toBe(99);
  });

  it('one key on two replicas at the same moment places one order', async () => {
    const replica = await Shop.open({}, shop.database);
    const mug = await shop.product({ stock: 1000 });
    for (let round = 0; round < 20; round++) {
      const key = randomUUID();
      const answers = await times(6, (i) =>
        post('/orders', { items: [{ productId: mug.id, quantity: 1 }] }, key, i % 2 ? shop : replica),
      );
      expect(countByStatus(answers)).toEqual({ 201: 6 });
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    }
    expect(await shop.stockOf(mug.id)).toBe(980);
    await replica.close();
  });

  it('50 cancels of one order give the stock back once', async () => {
    const mug = await shop.product({ stock: 10 });
    const order = await shop.order(mug.id, 4);
    const answers = await times(50, () => post(`/orders/${order.id}/cancel`, {}));
    expect(countByStatus(answers)).toEqual({ 200: 50 });
    expect(await shop.stockOf(mug.id)).toBe(10);
    expect((await shop.eventsOf(order.id)).map(({ type }) => type)).toEqual(['order.placed', 'order.canceled']);
  });

  it('cancel and complete at once: one wins', async () => {
    const mug = await shop.product({ stock: 1000 });
    const wins = { completed: 0, canceled: 0 };
    for (let round = 0; round < 30; round++) {
      const order = await shop.order(mug.id, 1, { paymentMethod: 'manual' });
      const answers = await Promise.all([
        post(`/orders/${order.id}/cancel`, {}),
        post(`/orders/${order.id}/complete`, {}),
      ]);
      expect(countByStatus(answers)).toEqual({ 200: 1, 409: 1 });
      wins[(await shop.orderNow(order.id)).status as 'completed']++;
    }
    expect(wins.completed + wins.canceled).toBe(30);
    expect(await shop.stockOf(mug.id)).toBe(1000 - wins.completed);
  });

  it('an inventory row held by another transaction stops only those who want it', async () => {
    const [held, free] = [await shop.product({ stock: 10 }), await shop.product({ stock: 100 })];
    const { default: pg } = await import('pg');
    const stranger = new pg.Client({ connectionString: shop.database.url });
    await stranger.connect();
    await stranger.query('BEGIN');
    await stranger.query('SELECT 1 FROM inventory WHERE product_id = $1 FOR UPDATE', [held.id]);
    const answers = await times(20, (i) =>
      post('/orders', { items: [{ productId: i === 7 ? held.id : free.id, quantity: 1 }] }),
    );
    expect(countByStatus(answers)).toEqual({ 201: 19, 503: 1 });
    expect(answers[7]!.headers.get('retry-after')).toBe('1');
    await stranger.query('ROLLBACK');
    await stranger.end();
  });

  it.each([
    ['deactivated', 'UPDATE products SET active = false WHERE id = $1', 'product-unavailable'],
    ['sold out', 'UPDATE inventory SET stock = 0 WHERE product_id = $1', 'insufficient-stock'],
  ])('an order that comes while its product is being %s decides by what became of it', async (_what, change, code) => {
    const mug = await shop.product({ stock: 1 });
    const { default: pg } = await import('pg');
    const merchant = new pg.Client({ connectionString: shop.database.url });
    await merchant.connect();
    await merchant.query('BEGIN');
    // As the program does: a product changes under its inventory row.
    await merchant.query('SELECT 1 FROM inventory WHERE product_id = $1 FOR NO KEY UPDATE', [mug.id]);
    await merchant.query(change, [mug.id]);
    const abortsBefore = await aborts();
    const placing = post('/orders', { items: [{ productId: mug.id, quantity: 1 }] });
    await eventually(
      () =>
        shop.database.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        ),
      (waiting) => waiting.length > 0,
    );
    await merchant.query('COMMIT');
    await merchant.end();
    const answer = await placing;
    expect(JSON.parse(answer.text)).toMatchObject({ status: answer.status, code });
    // Without the row lock the CHECK would still keep the stock from going below zero, by rolling a batch back. It never has to.
    expect(await aborts()).toBe(abortsBefore);
    await shop.database.query(`UPDATE products SET active = true WHERE id = $1`, [mug.id]);
    await shop.database.query(`UPDATE inventory SET stock = 1 WHERE product_id = $1`, [mug.id]);
  });

  it('a product changes only under its inventory row, so that no order sees half of a change', async () => {
    const mug = await shop.product({ stock: 1 });
    const { default: pg } = await import('pg');
    const seller = new pg.Client({ connectionString: shop.database.url });
    await seller.connect();
    await seller.query('BEGIN');
    await seller.query('SELECT 1 FROM inventory WHERE product_id = $1 FOR NO KEY UPDATE', [mug.id]);
    const order: string[] = [];
    const changing = shop
      .patch(`/products/${mug.id}`, { price: 1 })
      .expect(200)
      .then(() => order.push('changed'));
    await eventually(
      () =>
        shop.database.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        ),
      (waiting) => waiting.length > 0,
    );
    order.push('released');
    await seller.query('COMMIT');
    await seller.end();
    await changing;
    expect(order).toEqual(['released', 'changed']);
  });
});
