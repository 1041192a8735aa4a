import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { holdsCardNumber } from '#platform/http/card-numbers.js';
import { postProcessorEvent, processorEvent } from '../../support/processor-event.js';
import { Shop } from '../../support/shop.js';

const cards = [
  '4242424242424242',
  '4111 1111 1111 1111',
  '5555-5555-5555-4444',
  '378282246310005',
  '3782 822463 10005',
  '6011000990139424',
];

describe('card numbers', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop.close());

  it.each(cards)('are refused wherever they stand: %s', async (card) => {
    const product = { name: 'Mug', price: 100, currency: 'USD' };
    for (const body of [
      { ...product, name: card },
      { ...product, description: `my card is ${card}, thanks` },
      { ...product, metadata: { deep: [{ er: `x${card}y` }] } },
      { ...product, metadata: { [card]: true } },
    ]) {
      const { body: problem, text } = await shop.post('/products', body).expect(422);
      expect(problem.code).toBe('card-number-refused');
      expect(text).not.toContain(card);
    }
    await shop
      .post('/payments', { amount: 100, currency: 'USD', paymentMethodId: card.replace(/\D/g, '') })
      .expect(422);
    // A signed message is money: it is taken, and kept without the number.
    const message = processorEvent({ orderNumber: card, amount: 1, currency: 'USD' });
    await postProcessorEvent(shop, message).expect(200);
    const [{ body: kept }] = (await shop.database.query<{ body: string }>(
      `SELECT convert_from(raw_body, 'UTF8') AS body FROM inbox_messages WHERE event_id = $1`,
      [message.id],
    )) as [{ body: string }];
    expect([kept.includes(card), kept.length]).toEqual([false, JSON.stringify(message).length]);
    const [{ found }] = (await shop.database.query<{ found: number }>(
      `SELECT count(*)::int AS found FROM idempotency_records r WHERE r.body LIKE '%' || $1 || '%' OR r.headers::text LIKE '%' || $1 || '%'`,
      [card],
    )) as [{ found: number }];
    expect(found).toBe(0);
  });

  it('are told from the numbers of books, goods and devices, which pass the same check', async () => {
    for (const code of ['9780201485677', '4000001425426', '490154203237518', '352099001761481', '9000000000000001']) {
      expect([code, holdsCardNumber(code)]).toEqual([code, false]);
      const product = { name: `Book ${code}`, sku: code, price: 100, currency: 'USD', metadata: { code } };
      await shop.post('/products', product).expect(201);
    }
    await shop.post('/products', { name: 'Mug', sku: '4242424242424242', price: 100, currency: 'USD' }).expect(201);
  });

  it('are refused with the place where they stand', async () => {
    const body = { name: 'Mug', price: 100, currency: 'USD', metadata: { notes: [{ text: 'my 4242424242424242' }] } };
    const { body: problem } = await shop.post('/products', body).expect(422);
    expect(problem.errors).toMatchObject([{ pointer: '#/metadata/notes/0/text' }]);
  });

  it.each([
    '4242.4242.4242.4242',
    '4242  4242  4242  4242',
    '4242\u00a04242\u00a04242\u00a04242',
    '42 42 42 42 42 42 42 42',
    '４２４２４２４２４２４２４２４２',
  ])('are found in unusual spellings: %s', (card) => {
    expect(holdsCardNumber(`paid with ${card}`)).toBe(true);
  });

  it('are not seen in dates, phone numbers and times', () => {
    for (const text of [
      '2026-11-30 07:15:22.123',
      '+49 30 1234 5678 90',
      '1.000.000.000.000',
      '192.168.100.100 10.0.0.1',
    ])
      expect([text, holdsCardNumber(text)]).toEqual([text, false]);
  });

  it('are kept neither as a key nor as the id of a request', async () => {
    const body = { name: 'Mug', price: 100, currency: 'USD' };
    const key = '4000056655665556';
    const first = await shop.post('/products', body, key).set('X-Request-Id', key).expect(201);
    expect(first.headers['x-request-id']).not.toBe(key);
    expect((await shop.post('/products', body, key).expect(201)).text).toBe(first.text);
    const dump = [
      ...(await shop.database.query('SELECT r::text FROM idempotency_records r')),
      ...(await shop.database.query('SELECT e::text FROM events e')),
    ];
    expect(JSON.stringify(dump)).not.toContain(key);
  });

  it('written as numbers too', async () => {
    await shop
      .post('/products', { name: 'Mug', price: 100, currency: 'USD', metadata: { pan: 4242424242424242 } })
      .expect(422);
  });

  it.each([
    '4242424242424241',
    '424242424242',
    '42424242424242424242',
    '01939d00-0000-7000-8000-000000000104',
    '0000000000000000',
    '1763654365127',
    '2026-11-20 12:00',
  ])('are not seen in %s', (text) => {
    expect(holdsCardNumber(text)).toBe(false);
  });

  it('are not seen in ids and times', () => {
    for (let i = 0; i < 20_000; i++) expect(holdsCardNumber(randomUUID())).toBe(false);
    for (let i = 0; i < 20_000; i++) expect(holdsCardNumber(`order-${1_763_654_365_000 + i}`)).toBe(false);
  });
});
