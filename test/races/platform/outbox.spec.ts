import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EventCatalog } from '#ports/events.js';
import { Database } from '#platform/database/database.js';
import { Backlog } from '#platform/outbox/backlog.sql.js';
import { Outbox } from '#platform/outbox/outbox.sql.js';
import { OutboxQueues } from '#platform/outbox/recipient-queues.sql.js';
import { Wakeup } from '#platform/outbox/wakeup.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

describe('the outbox', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  let outbox: Outbox;
  let backlog: Backlog;
  beforeAll(async () => {
    testDatabase = await createDatabase();
    database = await Database.connect({ url: testDatabase.url, poolMax: 8, applicationName: 'test' });
    outbox = new Outbox(database, new EventCatalog({}), new Wakeup());
    backlog = new Backlog(database);
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });
  beforeEach(() => testDatabase.query('TRUNCATE outbox, dead_letters, events'));

  const queue = async (count: number, subscriber = 'S') => {
    for (let i = 0; i < count; i++) {
      const id = randomUUID();
      await testDatabase.query(
        `INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at) VALUES ($1, 'x', 'x', $1, 1, '{}', now())`,
        [id],
      );
      await testDatabase.query(`INSERT INTO outbox (event_id, subscriber, due_at) VALUES ($1, $2, now())`, [
        id,
        subscriber,
      ]);
    }
  };
  const claim = (slots: number, lease = 60) => outbox.claim(new Map([['S', slots]]), lease);

  it('gives each row to one of many who claim at once, and no more than asked for', async () => {
    await queue(30);
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(4)));
    const ids = claims.flat().map((row) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(claims.every((rows) => rows.length <= 4)).toBe(true);
    while ((await claim(4)).length > 0);
    expect(await claim(4)).toEqual([]);
  });

  it('finds rows that were committed late, whatever was claimed meanwhile', async () => {
    const late = new pg.Client({ connectionString: testDatabase.ownerUrl });
    await late.connect();
    try {
      await late.query('BEGIN');
      const id = randomUUID();
      await late.query(
        `INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at) VALUES ($1, 'x', 'x', $1, 1, '{}', now())`,
        [id],
      );
      await late.query(`INSERT INTO outbox (event_id, subscriber, due_at) VALUES ($1, 'S', now())`, [id]);
      // Well beyond what a look goes back by itself.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await queue(5);
      expect(await claim(10)).toHaveLength(5);
      await late.query('COMMIT');
      const begun = Date.now();
      let found: string[] = [];
      while (found.length === 0 && Date.now() - begun < 10_000) {
        found = (await claim(10)).map(({ event }) => event.id);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(found).toEqual([id]);
    } finally {
      await late.end();
    }
  });

  it('keeps out a worker that outlived its lease', async () => {
    await queue(1);
    const [slow] = await claim(1, 0);
    const [quick] = await claim(1, 60);
    expect(quick!.id).toBe(slow!.id);
    expect(quick!.fence).toBeGreaterThan(slow!.fence);
    expect(quick!.attempts).toBe(2);
    // The slow one wakes up: nothing it does finds the row.
    await outbox.renew([slow!], 600);
    await outbox.postpone(slow!, 600, 'too late');
    await database.run((tx) => outbox.moveToDeadLetters(tx, slow!, 'too late'));
    expect(await database.run((tx) => outbox.take(tx, [slow!]))).toEqual([]);
    expect((await backlog.state()).dead).toBe(0);
    expect(await database.run((tx) => outbox.take(tx, [quick!]))).toEqual([quick]);
    expect((await backlog.state()).pending).toBe(0);
  });

  it('gives a row back when the reaction is rolled back, or its claimer is gone', async () => {
    await queue(1);
    const [row] = await claim(1, 0);
    await expect(
      database.run(async (tx) => {
        await outbox.take(tx, [row!]);
        throw new Error('the reaction failed');
      }),
    ).rejects.toThrow();
    expect(await claim(1)).toHaveLength(1);
  });

  it('keeps the claim of work under way, and waits until a failed row is due', async () => {
    await queue(2);
    const [first, second] = await claim(2, 0);
    await outbox.renew([first!], 60);
    await outbox.postpone(second!, 60, 'later');
    expect(await claim(2)).toEqual([]);
    expect(await backlog.state()).toMatchObject({ pending: 2, due: 0 });
  });

  it('moves what is hopeless to the dead letters', async () => {
    await queue(1);
    const [row] = await claim(1);
    await database.run((tx) => outbox.moveToDeadLetters(tx, row!, 'no use'));
    expect(await backlog.state()).toMatchObject({ pending: 0, dead: 1 });
    expect(await testDatabase.query('SELECT subscriber, attempts, last_error FROM dead_letters')).toEqual([
      { subscriber: 'S', attempts: 1, last_error: 'no use' },
    ]);
  });

  it('does not let a subscriber that is full or slow keep the others waiting', async () => {
    await queue(20, 'Slow');
    await queue(1, 'S');
    const rows = await outbox.claim(
      new Map([
        ['Slow', 2],
        ['S', 8],
      ]),
      60,
    );
    expect(rows.map((row) => row.subscriber).sort()).toEqual(['S', 'Slow', 'Slow']);
  });

  it('does not believe a worker whose row was put back meanwhile', async () => {
    await queue(1, 'Deliver/recipient');
    const claimed = async () => (await outbox.claim(new Map([['Deliver/recipient', 1]]), 60))[0]!;
    const early = await claimed();
    await database.run((tx) =>
      new OutboxQueues(outbox).put(tx, 'Deliver', [{ eventId: early.event.id, recipient: 'recipient' }], 0),
    );
    const settled = [{ row: early, next: { kind: 'retry' as const, seconds: 3600, error: 'it failed', counts: true } }];
    expect(await database.run((tx) => outbox.settle(tx, settled))).toEqual([]);
    const late = await claimed();
    expect(late.attempts).toBe(1); // it starts anew
    expect(
      await database.run((tx) =>
        outbox.settle(tx, [
          { row: early, next: { kind: 'done' } },
          { row: late, next: { kind: 'done' } },
        ]),
      ),
    ).toEqual([late]);
    expect((await backlog.state()).pending).toBe(0);
  });

  it('gives what is due to a reaction that takes many, once, and keeps it when that fails', async () => {
    await queue(30);
    await expect(
      database.run(async (tx) => {
        expect(await outbox.takeDue(tx, 'S', 20)).toHaveLength(20);
        throw new Error('the reaction failed');
      }),
    ).rejects.toThrow('the reaction failed');
    const taken = await Promise.all(Array.from({ length: 4 }, () => database.run((tx) => outbox.takeDue(tx, 'S', 20))));
    const ids = taken.flat().map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([30, 30]);
  });
});
