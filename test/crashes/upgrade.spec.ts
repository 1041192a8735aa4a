import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/all.js';
import { migrate } from '#platform/database/migrate.js';
import { roleOf } from '#platform/database/program-role.js';
import { audit, clean } from '../support/books.js';
import { createDatabase } from '../support/database.js';
import { Receiver } from '../support/receiver.js';
import { eventually, Shop } from '../support/shop.js';

/** The last migration that the release before this one knew. */
const BEFORE = 'BalancesAndLedger1795179600000';
/** The last one that the release before can go on writing beside; those after it need it stopped. */
const ONLINE = 'IndexesBesideTheTraffic1795183300000';

describe('an upgrade', () => {
  it('goes forward with data while the process of the release before still writes', async () => {
    const database = await createDatabase();
    // The copy has everything; taken back to where the release before had left it.
    const source = new DataSource({
      type: 'postgres',
      url: database.ownerUrl,
      migrations,
      migrationsTableName: 'migrations',
    });
    await source.initialize();
    for (let left = migrations.length - 1 - migrations.findIndex(({ name }) => name === BEFORE); left > 0; left--)
      await source.undoLastMigration({ transaction: 'each' });
    await source.destroy();
    const product = randomUUID();
    await database.query(
      `INSERT INTO products (id, sku, name, price, currency, stock, active, in_use, metadata, version, created_at, updated_at)
       VALUES ($1, 'sku', 'Mug', 100, 'USD', 1000, true, true, '{}', 1, now(), now())`,
      [product],
    );
    await database.query(`INSERT INTO stock_adjustments SELECT gen_random_uuid(), $1, 1000, 'first', 1000, now()`, [
      product,
    ]);

    // What the release before does for one order, in its own words: it knows neither the new column nor the new tables.
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('SET lock_timeout = 2000');
    let isOver = false;
    const placed: string[] = [];
    const place = async () => {
      const [order, event, receipt] = [randomUUID(), randomUUID(), randomUUID()];
      await client.query('BEGIN');
      await client.query('UPDATE products SET stock = stock - 1 WHERE id = $1', [product]);
      await client.query(
        `INSERT INTO orders (id, order_number, customer_id, status, payment_status, payment_method, currency, subtotal, tax, shipping, total, metadata, version, created_at, updated_at)
         VALUES ($1, $2, 'c', 'pending', 'unpaid', 'card', 'USD', 100, 0, 0, 100, '{}', 1, now(), now())`,
        [order, order],
      );
      await client.query(
        `INSERT INTO order_lines (order_id, position, product_id, name, quantity, unit_price, total) VALUES ($1, 0, $2, 'Mug', 1, 100, 100)`,
        [order, product],
      );
      await client.query(
        `INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at, request_id, caused_by) VALUES ($1, 'order.placed', 'order', $2, 1, '{}', now(), null, null)`,
        [event, order],
      );
      await client.query(
        `INSERT INTO receipts (id, caller, key, request_hash, status, body, headers) VALUES ($1, 'c', 'k', 'h', 201, '', '{}')`,
        [receipt],
      );
      await client.query('COMMIT');
      placed.push(order);
    };
    const writing = (async () => {
      while (!isOver) await place();
    })();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const beforeUpgrade = placed.length;
    const online = migrations.slice(0, migrations.findIndex(({ name }) => name === ONLINE) + 1);
    const upgrading = new DataSource({
      type: 'postgres',
      url: database.ownerUrl,
      migrations: online,
      migrationsTableName: 'migrations',
    });
    await upgrading.initialize();
    expect((await upgrading.runMigrations({ transaction: 'each' })).map(({ name }) => name)).toContain(
      'WebhooksOut1795183200000',
    );
    await upgrading.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    isOver = true;
    await writing; // not one of its statements was refused
    await client.end();
    expect(placed.length).toBeGreaterThan(beforeUpgrade);
    expect(await migrate(database.ownerUrl, roleOf(database.url))).toContain('StandardTerms1795190000000');

    // The new process finds every order, and the old answers are kept for ever.
    const shop = await Shop.open({ webhookAllowPrivate: true }, database);
    const receiver = await Receiver.open();
    expect((await shop.get(`/orders/${placed[0]!}`).expect(200)).body).toMatchObject({
      status: 'pending',
      items: [{ productId: product }],
    });
    expect(await database.query('SELECT 1 FROM idempotency_records WHERE NOT lasting')).toEqual([]);
    // What happened before there was an endpoint can be fetched, also of the time before the upgrade.
    const endpoint = (
      await shop.post('/webhooks/endpoints', { url: receiver.url, events: ['order.placed'] }).expect(201)
    ).body as { id: string };
    await shop.order(product);
    await eventually(
      async () => receiver.received.length,
      (count) => count === 1,
    );
    await shop.delete(`/webhooks/endpoints/${endpoint.id}`).expect(204);
    await shop.close();
    expect(await audit(database)).toEqual(clean);
    await receiver.close();
    await database.drop();
  }, 60_000);
});

describe('a backup that is restored', () => {
  it('sends again what it had not sent when it was taken, under the same ids and with the same bytes', async () => {
    const receiver = await Receiver.open();
    const settings = { webhookAllowPrivate: true, webhookRetrySchedule: [0, 3600] };
    const database = await createDatabase();
    let shop = await Shop.open(settings, database);
    const mug = await shop.product();
    const endpoint = (
      await shop.post('/webhooks/endpoints', { url: receiver.url, events: ['order.placed'] }).expect(201)
    ).body as { id: string };
    receiver.statuses = [500, 500, 500];
    for (let i = 0; i < 3; i++) await shop.order(mug.id);
    const deliveries = async () =>
      (
        (await shop.get(`/webhooks/endpoints/${endpoint.id}/deliveries`).expect(200)).body as {
          data: { status: string; attemptCount: number }[];
        }
      ).data;
    await eventually(deliveries, (all) => all.length === 3 && all.every(({ attemptCount }) => attemptCount === 1));
    await shop.close();
    const backup = await createDatabase(database);

    // What happens after the backup was taken, and is lost with the restore.
    const goOn = async (on: typeof database) => {
      shop = await Shop.open(settings, on);
      await shop.pass(4000);
      await eventually(deliveries, (all) => all.every(({ status }) => status === 'delivered'));
      await shop.close();
      expect(await audit(on)).toEqual(clean);
    };
    await goOn(database);
    const told = receiver.received.slice(3).map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`);
    await goOn(backup);
    const again = receiver.received.slice(6).map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`);
    expect(told).toHaveLength(3);
    expect(again.sort()).toEqual(told.sort());
    await receiver.close();
    await database.drop();
    await backup.drop();
  }, 60_000);
});
