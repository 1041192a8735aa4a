import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HousekeepingSchedule } from '#modules/operations/infrastructure/housekeeping-schedule.js';
import { AesSealing } from '#platform/sealing/aes-sealing.js';
import { UnknownDataKey } from '#platform/sealing/sealed-columns.sql.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { Shop } from '../../support/shop.js';

const FIRST_KEY = 'the first key that seals what this test stores';
const SECOND_KEY = 'another key, which takes the place of the first';

describe('secrets in the database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  const everything = async () => {
    const tables = await database.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    );
    const texts = tables.map(({ name }) =>
      database.query<{ row: string }>(`SELECT to_json(t)::text AS row FROM ${name} t`),
    );
    return (await Promise.all(texts))
      .flat()
      .map(({ row }) => row)
      .join('\n');
  };
  const sealedWith = (secret: string) => new AesSealing([secret]).currentKeyId;
  const stored = async () => {
    const endpoints = await database.query<{ secret: string }>(
      'SELECT unnest(ARRAY[secret, signing_key]) AS secret FROM webhook_endpoints',
    );
    const payments = await database.query<{ secret: string }>(
      'SELECT client_secret AS secret FROM payments WHERE client_secret IS NOT NULL',
    );
    return [...endpoints, ...payments].map(({ secret }) => secret.split(':')[1]);
  };
  const endpoint = { url: 'http://127.0.0.1:9/hooks', events: ['order.*'], ed25519: true };

  it('are sealed in their tables and in remembered answers, and are answered again byte for byte', async () => {
    const shop = await Shop.open({ dataKeys: [FIRST_KEY], webhookAllowPrivate: true }, database);
    const product = await shop.product();
    const order = await shop.order(product.id);
    const intents = [0, 1].map(() => shop.post('/payments/intents', { orderId: order.id }, 'intent').expect(201));
    const [intent, sameIntent] = [await intents[0]!, await intents[1]!];
    const created = await shop.post('/webhooks/endpoints', endpoint, 'endpoint').expect(201);
    const rotated = await shop.post(`/webhooks/endpoints/${created.body.id}/rotate-secret`, {}, 'rotated').expect(200);
    const dump = await everything();
    for (const secret of [intent.body.clientSecret, created.body.secret, rotated.body.secret]) {
      expect(secret.length).toBeGreaterThan(20);
      expect(dump).not.toContain(secret);
    }
    expect(dump).not.toContain('whsk_');
    expect(sameIntent.text).toBe(intent.text);
    const again = await shop.post('/webhooks/endpoints', endpoint, 'endpoint').expect(201);
    expect([again.text, again.headers['idempotent-replayed']]).toEqual([created.text, 'true']);
    await shop.close();
  });

  it('are sealed anew under a new key, which then is enough', async () => {
    await database.query(`UPDATE webhook_endpoints SET secret = 'whsec_c3RvcmVkIGJ5IGFuIG9sZCByZWxlYXNl'`);
    const shop = await Shop.open({ dataKeys: [SECOND_KEY, FIRST_KEY], webhookAllowPrivate: true }, database);
    await shop.application.nest.get(HousekeepingSchedule).run();
    expect(new Set(await stored())).toEqual(new Set([sealedWith(SECOND_KEY)]));
    await shop.close();

    const later = await Shop.open({ dataKeys: [SECOND_KEY], webhookAllowPrivate: true }, database);
    const [{ id }] = (await later.get('/webhooks/endpoints').expect(200)).body.data;
    await later.post(`/webhooks/endpoints/${id}/rotate-secret`).expect(200);
    await later.close();
  });

  it('keep the server from starting without the key they need', async () => {
    await expect(Shop.open({ dataKeys: [FIRST_KEY] }, database)).rejects.toThrow(UnknownDataKey);
  });

  it('do not open in another row', () => {
    const sealing = new AesSealing([FIRST_KEY]);
    const sealed = sealing.seal('secret', 'table.column/1');
    expect(sealing.open(sealed, 'table.column/1')).toBe('secret');
    expect(() => sealing.open(sealed, 'table.column/2')).toThrow();
    expect(sealing.seal('secret', 'table.column/1')).not.toBe(sealed);
  });
});
