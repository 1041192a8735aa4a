import { copyFileSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { migrations } from '../../migrations/all.js';
import { migrate } from '#platform/database/migrate.js';
import { roleOf } from '#platform/database/program-role.js';
import { BalanceStandIn } from '../../tools/balance-service/stand-in.js';
import { audit, clean } from '../support/books.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Receiver } from '../support/receiver.js';
import { eventually, Shop } from '../support/shop.js';

const fixture = 'test/fixtures/shop-before-standard-terms';

/** An order that was placed before the upgrade, as it was asked for and answered then. */
const repeated = {
  key: 'placed-before-the-upgrade',
  body: {
    items: [{ productId: '01a2140c-731b-732f-901f-79960acf1258', quantity: 2 }],
    customerId: 'ada',
    orderNumber: 'REPEATED-1',
  },
  answer:
    '{"id":"01a2140c-78f2-7139-930b-e0a0f01c0eb7","orderNumber":"REPEATED-1","customerId":"ada","status":"pending","paymentStatus":"unpaid","paymentMethod":"card","currency":"USD","subtotal":2000,"tax":0,"shipping":0,"total":2000,"items":[{"productId":"01a2140c-731b-732f-901f-79960acf1258","sku":"CUP","name":"Cup","quantity":2,"unitPrice":1000,"total":2000}],"shippingAddress":null,"metadata":{},"cancelReason":null,"version":1,"createdAt":"2026-11-25T18:51:31.462Z","updatedAt":"2026-11-25T18:51:31.462Z","completedAt":null,"canceledAt":null,"expiresAt":null}',
};

/** The database of the release before, upgraded; nothing of it has run yet. */
async function upgraded(): Promise<TestDatabase> {
  const database = await createDatabase();
  await database.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await database.query(readFileSync(`${fixture}.sql`, 'utf8'));
  const [{ n } = { n: '0' }] = await database.query<{ n: string }>(
    'SELECT count(DISTINCT subscriber) AS n FROM outbox',
  );
  expect(Number(n)).toBeGreaterThan(20);
  const names = migrations.map(({ name }) => name);
  expect(await migrate(database.ownerUrl, roleOf(database.url))).toEqual(
    names.slice(names.indexOf('StandardTerms1795190000000')),
  );
  return database;
}

/** The balance service knows what it was asked before the upgrade. */
async function remember(service: BalanceStandIn, database: TestDatabase): Promise<void> {
  const holds = await database.query<{ order_id: string; amount: string }>(
    `SELECT order_id, amount FROM balance_service_holds WHERE state IN ('blocked', 'capturing', 'releasing')`,
  );
  expect(holds.length).toBeGreaterThan(0);
  for (const { order_id: orderId, amount } of holds)
    await fetch(`${service.url}/api/balance/preorder`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ orderId, amount: Number(amount) }),
    });
}

describe('a shop of the release before', () => {
  it('upgrades, drains its queue under the new ids and passes integrity', async () => {
    const database = await upgraded();
    const receiver = await Receiver.open();
    const service = await BalanceStandIn.start({
      host: '127.0.0.1',
      port: 0,
      balance: 10_000_000,
      currency: 'USD',
      seed: '7',
    });
    await remember(service, database);
    await database.query('UPDATE payments SET webhook_url = $1 WHERE webhook_url IS NOT NULL', [receiver.url]);
    // Everything is due, whenever it was to be tried again.
    await database.query('UPDATE outbox SET due_at = now()');
    const shop = await Shop.open(
      {
        webhookAllowPrivate: true,
        balanceServiceUrl: service.url,
        balanceServiceRetryMs: 50,
        simulatorJournal: (path) => copyFileSync(`${fixture}.jsonl`, path),
      },
      database,
    );
    for (const { id } of await database.query<{ id: string }>(
      `SELECT id FROM webhook_endpoints WHERE url LIKE '%/good' OR url LIKE '%/bad'`,
    ))
      await shop.patch(`/webhooks/endpoints/${id}`, { url: receiver.url, status: 'enabled' }).expect(200);

    await eventually(
      () =>
        database.query(
          `SELECT subscriber, attempts, last_error FROM outbox WHERE subscriber <> 'payments.retry-unwanted-refund'`,
        ),
      (rows) => rows.length === 0,
      40_000,
    );
    const former = `SELECT subscriber FROM %t WHERE split_part(subscriber, '/', 1) !~ '^[a-z]+\\.[a-z-]+$'`;
    for (const table of ['outbox', 'dead_letters', 'outbox_dormant'])
      expect([table, await database.query(former.replace('%t', table))]).toEqual([table, []]);
    expect(receiver.received.length).toBeGreaterThan(0);

    const { data: events } = (await shop.get('/events?type=inbox.received&limit=100').expect(200)).body as {
      data: object[];
    };
    expect(events.length).toBeGreaterThan(0);
    const { data: letters } = (await shop.get('/operations/dead-letters?limit=100').expect(200)).body as {
      data: { id: string; subscriber: string }[];
    };
    const letter = letters.find(({ subscriber }) => subscriber.startsWith('webhooks.deliver/'))!;
    await shop.post(`/operations/dead-letters/${letter.id}/retry`, {}).expect(202);
    await eventually(
      () => database.query('SELECT 1 FROM dead_letters WHERE id = $1', [letter.id]),
      (rows) => rows.length === 0,
    );

    const again = await shop.post('/orders', repeated.body, repeated.key).expect(201);
    expect([again.text, again.headers['idempotent-replayed']]).toEqual([repeated.answer, 'true']);
    expect((await shop.get('/operations/integrity').expect(200)).body).toMatchObject({ ok: true });
    await shop.idle();
    await shop.close();
    await service.stop();
    await receiver.close();
    expect(await audit(database)).toEqual(clean);
    await database.drop();
  }, 120_000);
});
