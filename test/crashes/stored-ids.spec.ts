import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UnknownStoredIds } from '#platform/outbox/stored-ids.sql.js';
import { Receiver } from '../support/receiver.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { ServerProcess } from '../support/server-process.js';
import { Shop } from '../support/shop.js';

describe('rows of another release', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  const tables: readonly [table: string, insert: string][] = [
    [
      'outbox',
      `INSERT INTO outbox (event_id, subscriber, due_at) VALUES (gen_random_uuid(), $1, now() + interval '1 day')`,
    ],
    [
      'dead_letters',
      `INSERT INTO dead_letters (id, event_id, subscriber, attempts, last_error) VALUES (gen_random_uuid(), gen_random_uuid(), $1, 1, '')`,
    ],
    ['outbox_dormant', 'INSERT INTO outbox_dormant (subscriber) VALUES ($1)'],
  ];

  it.each(tables)('keep it from starting while %s holds a consumer that it does not know', async (table, insert) => {
    // Among ids that it knows, also by an alias and with a recipient.
    for (const known of ['FanOutToEndpoints', 'webhooks.send-test', `webhooks.deliver/${randomUUID()}`])
      await database.query(insert, [known]);
    for (const unknown of ['payments.of-tomorrow', 'webhooks.of-tomorrow/1', 'webhooks.of-tomorrow/2'])
      await database.query(insert, [unknown]);
    const refusal: unknown = await Shop.open({}, database).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UnknownStoredIds);
    expect((refusal as UnknownStoredIds).lines).toEqual([
      expect.stringContaining('does not know'),
      `  ${table}: payments.of-tomorrow`,
      `  ${table}: webhooks.of-tomorrow/...`,
      expect.stringMatching(/downgrade.*aliases/),
    ]);
    await database.query(`DELETE FROM ${table} WHERE subscriber LIKE '%.of-tomorrow%'`);
    await (await Shop.open({}, database)).close();
    await database.query(`DELETE FROM ${table}`);
  });

  it('are named by the real program, which ends at once and without a stack', async () => {
    await database.query(tables[0]![1], ['payments.of-tomorrow']);
    const env = { DATABASE_URL: database.url, DATA_DIR: mkdtempSync(join(process.env['TEST_DIRECTORY']!, 'data-')) };
    const refused = new ServerProcess(env);
    expect((await refused.ended).code).toBe(1);
    expect(refused.output).toContain('  outbox: payments.of-tomorrow\n');
    expect(refused.output).not.toMatch(/\n\s+at /);
    expect(await database.query('SELECT subscriber FROM outbox')).toHaveLength(1);
    await database.query('DELETE FROM outbox');
    const server = await ServerProcess.ready(env);
    expect((await server.kill('SIGTERM')).code).toBe(0);
  });

  it('are read from the index, also from a long queue', async () => {
    await database.query(
      `INSERT INTO outbox (event_id, subscriber, due_at) SELECT gen_random_uuid(), 'webhooks.deliver/' || n % 40, now() + interval '1 day' FROM generate_series(1, 200000) n`,
    );
    await database.query('ANALYZE outbox');
    const began = performance.now();
    const shop = await Shop.open({}, database);
    expect(performance.now() - began).toBeLessThan(10_000);
    await shop.close();
    await database.query('TRUNCATE outbox');
  });
});

describe('rows that are stored under an id from before a rename', () => {
  it('are done like any others, of each kind of consumer', async () => {
    const receiver = await Receiver.open();
    const database = await createDatabase();
    let shop = await Shop.open({ webhookAllowPrivate: true }, database);
    const mug = await shop.product();
    const endpoint = (
      await shop.post('/webhooks/endpoints', { url: receiver.url, events: ['order.placed'] }).expect(201)
    ).body as { id: string };
    const order = await shop.order(mug.id);
    await shop.idle();
    expect(receiver.received).toHaveLength(1);
    const { order: authorized, payment } = await shop.authorized(mug.id);
    await shop.idle();
    await shop.close();

    // As the release before the rename would have queued them: a transactional, an external, a batch and a recipient's row.
    const queue = (type: string, subjectId: string, subscriber: string) =>
      database.query(
        `INSERT INTO outbox (event_id, subscriber, due_at) SELECT id, $3, now() FROM events WHERE type = $1 AND subject_id = $2`,
        [type, subjectId, subscriber],
      );
    await queue('order.placed', authorized.id, 'CapturePaymentOfCompletedOrder');
    await database.query(
      `UPDATE outbox SET subscriber = 'FinishCreatingIntent', due_at = now() WHERE subscriber = 'payments.finish-creating-intent'`,
    );
    await database.query('DELETE FROM webhook_deliveries');
    await queue('order.placed', order.id, 'FanOutToEndpoints');
    await queue('order.placed', order.id, `DeliverToEndpoint/${endpoint.id}`);
    expect(await database.query(`SELECT 1 FROM outbox WHERE strpos(subscriber, '.') = 0`)).toHaveLength(4);
    shop = await Shop.open({ webhookAllowPrivate: true }, database);
    await shop.idle();
    // Whether the provider, which is a new one here, knows the payment is another matter.
    const formerIds = `SELECT subscriber, last_error FROM outbox WHERE strpos(subscriber, '.') = 0`;
    expect(await database.query(formerIds)).toEqual([]);
    expect((await shop.eventsOf(payment.id)).map(({ type }) => type)).toContain('payment.capture_requested');
    expect(await database.query('SELECT * FROM dead_letters')).toEqual([]);
    expect(receiver.received.length).toBeGreaterThanOrEqual(3);
    await shop.close();
    await receiver.close();
    await database.drop();
  });
});

describe('a queued event of a type that this release does not know', () => {
  it.each([
    'webhooks.fan-out',
    'payments.capture-of-completed-order',
    'payments.void-at-provider',
    'webhooks.deliver/*',
  ])('stays in the queue of %s, and the others in it are done', async (subscriber) => {
    const receiver = await Receiver.open();
    const shop = await Shop.open({ webhookAllowPrivate: true });
    const { id } = (await shop.post('/webhooks/endpoints', { url: receiver.url, events: ['*'] }).expect(201)).body as {
      id: string;
    };
    await shop.product();
    await shop.idle();
    const before = receiver.received.length;
    await shop.database.query(
      `WITH event AS (
           INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at)
           VALUES (gen_random_uuid(), 'order.of-tomorrow', 'order', gen_random_uuid(), 1, '{}', now()) RETURNING id)
         INSERT INTO outbox (event_id, subscriber, due_at) SELECT id, $1, now() FROM event`,
      [subscriber.replace('*', id)],
    );
    await shop.product();
    await shop.idle();
    expect(await shop.database.query('SELECT attempts, last_error FROM outbox')).toEqual([
      { attempts: 0, last_error: 'This release does not know the event type order.of-tomorrow.' },
    ]);
    expect(await shop.database.query('SELECT 1 FROM dead_letters')).toEqual([]);
    expect(receiver.received.length).toBe(before + 1);
    await shop.close();
    await receiver.close();
  });
});
