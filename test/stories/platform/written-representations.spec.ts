import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { json, jsonText, listOf, plain, text, time, word } from '#platform/database/json-text.js';
import { Shop } from '../../support/shop.js';

/** Texts that PostgreSQL can store: no NUL, no lone surrogates. */
const anyText = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((value) => value.replaceAll('\0', ''))
  .filter((value) => value.isWellFormed());
const odd = 'q"uote \\ back / <tag> \u0001 \u007f \n\t\u2028 ümläut \u{1f9fe}';

describe('representations that are written in SQL', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop.close());

  it('have the text that JSON.stringify writes, whatever the values', async () => {
    const object = jsonText({
      id: word('v.id'),
      name: text('v.name'),
      count: plain('v.count'),
      free: json('v.free'),
      at: time('v.at'),
      lines: listOf(jsonText({ name: text('l.name') }), 'unnest(v.names) WITH ORDINALITY AS l (name, n)', 'l.n'),
    });
    const written = async (values: unknown[]) =>
      (
        await shop.database.query<{ json: string }>(
          `SELECT ${object} AS json FROM (VALUES ($1::uuid, $2::text, $3::bigint, $4::json, $5::timestamptz, $6::text[])) AS v (id, name, count, free, at, names)`,
          values,
        )
      )[0]!.json;
    const values = fc.record({
      id: fc.uuid(),
      name: fc.option(anyText),
      count: fc.maxSafeInteger(),
      free: fc.option(fc.dictionary(anyText, anyText, { maxKeys: 3 }).map((it) => JSON.stringify(it))),
      at: fc.option(fc.date({ min: new Date('1970-01-01'), max: new Date('2999-01-01'), noInvalidDate: true })),
      names: fc.array(anyText, { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(values, async ({ id, name, count, free, at, names }) => {
        const expected = `{"id":"${id}","name":${JSON.stringify(name)},"count":${count},"free":${free ?? 'null'},"at":${JSON.stringify(at)},"lines":${JSON.stringify(names.map((it) => ({ name: it })))}}`;
        expect(await written([id, name, count, free, at?.toISOString() ?? null, names])).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('are the bytes of the response that made or changed a product', async () => {
    const created = await shop
      .post('/products', {
        name: odd,
        sku: odd.slice(0, 9),
        description: odd,
        price: 999,
        currency: 'JPY',
        metadata: { [odd]: odd, b: 1, a: [] },
      })
      .expect(201);
    expect((await shop.get(`/products/${created.body.id}`).expect(200)).text).toBe(created.text);
    const changed = await shop.patch(`/products/${created.body.id}`, { description: null, active: false }).expect(200);
    const read = await shop.get(`/products/${created.body.id}`).expect(200);
    expect([read.text, read.headers['etag']]).toEqual([changed.text, changed.headers['etag']]);
    for (const query of ['limit=1', `limit=1&sku=${encodeURIComponent(odd.slice(0, 9))}`, 'limit=1&active=false'])
      expect((await shop.get(`/products?${query}`).expect(200)).text).toBe(
        `{"data":[${changed.text}],"nextCursor":null}`,
      );
  });

  it('are the bytes of the response that placed or changed an order', async () => {
    const [tea, cup] = [await shop.product({ name: odd, stock: 9 }), await shop.product({ sku: 'CUP', stock: 9 })];
    const placed = await shop
      .post('/orders', {
        items: [
          { productId: tea.id, quantity: 2 },
          { productId: cup.id, quantity: 1 },
        ],
        customerId: 'ada',
        shippingAddress: { name: odd, street: '1 Way', city: 'Graz', country: 'AT' },
        metadata: { [odd]: odd },
      })
      .expect(201);
    const { id, orderNumber } = placed.body;
    const read = await shop.get(`/orders/${id}`).expect(200);
    expect([read.text, read.headers['etag']]).toEqual([placed.text, placed.headers['etag']]);
    expect((await shop.get(`/orders/${orderNumber}`).expect(200)).text).toBe(placed.text);
    const canceled = await shop.post(`/orders/${id}/cancel`, { reason: odd }).expect(200);
    expect((await shop.get(`/orders/${id}`).expect(200)).text).toBe(canceled.text);
    for (const query of ['', '?customerId=ada', '?status=canceled&limit=1'])
      expect((await shop.get(`/orders${query}`).expect(200)).text).toBe(
        `{"data":[${canceled.text}],"nextCursor":null}`,
      );
    const other = await shop.order(cup.id, 1, { paymentMethod: 'manual' });
    const completed = await shop.post(`/orders/${other.id}/complete`).expect(200);
    expect((await shop.get(`/orders/${other.id}`).expect(200)).text).toBe(completed.text);
    const first = await shop.get('/orders?limit=1').expect(200);
    expect(first.text).toContain(completed.text);
    expect((await shop.get(`/orders?limit=1&cursor=${first.body.nextCursor}`).expect(200)).body.data).toEqual([
      canceled.body,
    ]);
  });
});
