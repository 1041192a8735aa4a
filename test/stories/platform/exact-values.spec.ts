import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { readFileSync } from 'node:fs';
import { KEY, Shop } from '../../support/shop.js';

interface Document {
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string;
        security?: object[];
        requestBody?: {
          content: Record<
            string,
            { schema?: { $ref?: string }; examples?: Record<string, { value: Record<string, unknown> }> }
          >;
        };
      }
    >
  >;
  components: { schemas: Record<string, { required?: string[] }> };
}

describe('values are kept as they were sent, or refused', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop.close());

  const postRaw = (path: string, body: string) =>
    supertest(shop.url)
      .post(`/api/v1${path}`)
      .set('X-Api-Key', KEY)
      .set('Idempotency-Key', randomUUID())
      .set('Content-Type', 'application/json')
      .send(body);
  const product = (more: string) => `{"name": "Mug", "price": 100, "currency": "USD", ${more}}`;

  it.each([
    ['9007199254740993', '#/metadata/n'],
    ['-9007199254740992', '#/metadata/n'],
    ['12345678901234567890', '#/metadata/n'],
    ['1e16', '#/metadata/n'],
    ['0.12345678901234567890', '#/metadata/n'],
    ['1.00000000000000000001', '#/metadata/n'],
    ['1e-400', '#/metadata/n'],
  ])('numbers: %s is refused where it stands', async (number, pointer) => {
    const { body } = await postRaw('/products', product(`"metadata": {"n": ${number}}`)).expect(400);
    expect([body.code, body.errors[0].pointer]).toEqual(['validation-failed', pointer]);
    const { body: inList } = await postRaw('/products', product(`"metadata": {"a~b": [1, ${number}]}`)).expect(400);
    expect(inList.errors[0].pointer).toBe('#/metadata/a~0b/1');
  });

  it.each(['9007199254740991', '0.1', '1.10', '1e3', '0.30000000000000004', '123456789.123456', '1E-7'])(
    'numbers: %s is kept',
    async (number) => {
      const { body } = await postRaw('/products', product(`"metadata": {"n": ${number}}`)).expect(201);
      expect(body.metadata.n).toBe(JSON.parse(number));
    },
  );

  it('digits in texts are no numbers', async () => {
    await postRaw('/products', product('"metadata": {"n": "12345678901234567890 \\" 1e400"}')).expect(201);
  });

  it('names are composed and trimmed, and not blank', async () => {
    const sku = `Öl-${randomUUID().slice(0, 8)}`;
    const made = await shop.post('/products', { name: '  Cafe\u0301 ', sku, price: 1, currency: 'USD' }).expect(201);
    expect(made.body.name).toBe('Café');
    for (const alike of [` ${sku}`, `${sku}\u00a0`, sku.normalize('NFD')])
      expect(
        (await shop.post('/products', { name: 'x', sku: alike, price: 1, currency: 'USD' }).expect(409)).body.code,
      ).toBe('sku-taken');
    for (const blank of ['', ' ', '\t\n', '\u3000', '\u200b', '\u2060\u00ad'])
      for (const member of ['name', 'sku'])
        await shop.post('/products', { name: 'x', price: 1, currency: 'USD', [member]: blank }).expect(400);
    const found = await shop.get(`/products?sku=${encodeURIComponent(sku.normalize('NFD'))}`).expect(200);
    expect(found.body.data).toHaveLength(1);
  });

  it('texts are as long as they have code points, wherever that is counted', async () => {
    const product = (name: string) => shop.post('/products', { name, price: 1, currency: 'USD' });
    await product('🫖'.repeat(255)).expect(201);
    await product('🫖'.repeat(256)).expect(400);
    await product(`x${'\ufe0f'.repeat(255)}`).expect(400); // counted by the database, so counted here
    const { body: mug } = await product('Mug').expect(201);
    const order = { items: [{ productId: mug.id, quantity: 1 }] };
    await shop.post(`/products/${mug.id}/stock-adjustments`, { delta: 9, reason: '🫖'.repeat(500) }).expect(201);
    await shop.post('/orders', { ...order, customerId: '👩‍👩‍👧'.repeat(12) }).expect(201);
    await shop.post('/orders', { ...order, orderNumber: '\ufe0f'.repeat(64) }).expect(400);
  });

  it.each([
    '2026-02-30T12:00:00Z',
    '2026-04-31T12:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T00:00:00+24:00',
  ])('times: there is no %s', async (time) => {
    const { body } = await shop.get(`/orders?createdFrom=${encodeURIComponent(time)}`).expect(400);
    expect(body.errors[0].parameter ?? body.errors[0].pointer).toContain('createdFrom');
  });

  it('times: there is a leap day', async () => {
    await shop.get('/orders?createdFrom=2028-02-29T23:59:59.999%2B01:00').expect(200);
  });

  it('a byte order mark is allowed', async () => {
    await postRaw('/products', `\ufeff${product('"stock": 1')}`).expect(201);
  });

  it('a missing member is reported as missing', async () => {
    const { body } = await shop.post('/orders', { items: [{ productId: randomUUID() }] }).expect(400);
    expect(body.errors).toMatchObject([{ pointer: '#/items/0/quantity', detail: 'quantity is required' }]);
  });

  it('each required member of each operation is', async () => {
    const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as Document;
    let seen = 0;
    for (const [path, item] of Object.entries(document.paths))
      for (const [method, { operationId, requestBody, security }] of Object.entries(item)) {
        const content = requestBody?.content['application/json'];
        const example = Object.values(content?.examples ?? {})[0]?.value;
        const required = document.components.schemas[content?.schema?.$ref?.split('/').pop() ?? '']?.required ?? [];
        if (!example || security?.every((one) => !('apiKey' in one))) continue;
        for (const member of required) {
          const { [member]: _left, ...rest } = example;
          const address = path.replace(/\{[a-zA-Z]+\}/g, randomUUID());
          const ask = supertest(shop.url)[method as 'post'](address);
          const { status, body } = await ask.set('X-Api-Key', KEY).set('Idempotency-Key', randomUUID()).send(rest);
          if (status === 401 || status === 403) continue; // for the owner of an account only, or signed
          const detail = (body as { errors?: { detail: string }[] }).errors?.[0]?.detail;
          expect([operationId, member, status, detail]).toEqual([operationId, member, 400, `${member} is required`]);
          seen++;
        }
      }
    expect(seen).toBeGreaterThan(15);
  });

  it('what is refused before any route is known can be read by a page of another origin', async () => {
    const answer = await fetch(`${shop.url}/api/v1/products/%zz`, { headers: { origin: 'https://shop.example.com' } });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([400, '*']);
  });
});

describe('the keys of one shop', () => {
  it('share one scope of idempotency, so rotating one repeats nothing', async () => {
    const shop = await Shop.open();
    const keyOf = async () =>
      (
        (await shop.post('/api-keys', { name: 'rotated', scopes: ['products:write'] }).expect(201)).body as {
          key: string;
        }
      ).key;
    const [before, after] = [await keyOf(), await keyOf()];
    const idempotencyKey = randomUUID();
    const make = (key: string) =>
      supertest(shop.url)
        .post('/api/v1/products')
        .set('X-Api-Key', key)
        .set('Idempotency-Key', idempotencyKey)
        .send({ name: 'Mug', price: 100, currency: 'USD' });
    const first = await make(before).expect(201);
    const again = await make(after).expect(201);
    expect([again.text, again.headers['idempotent-replayed']]).toEqual([first.text, 'true']);
    await shop.close();
  });
});
