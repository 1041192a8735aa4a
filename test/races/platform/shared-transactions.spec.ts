import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NotYet, TransactionalConsumer } from '#ports/consumers.js';
import { EventCatalog, type RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { texts } from '#platform/database/array-parameters.js';
import { Database } from '#platform/database/database.js';
import { type GatheredWrite } from '#platform/database/gathered-writes.js';
import { gather, run, statement } from '#platform/database/statement.js';
import { Outbox, type ClaimedRow } from '#platform/outbox/outbox.sql.js';
import { Overtaken } from '#platform/outbox/runner.js';
import { SharedTransactions } from '#platform/outbox/shared-transactions.js';
import { Wakeup } from '#platform/outbox/wakeup.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

const insert = statement(
  'test.effects',
  `INSERT INTO effects (event_id, transaction) SELECT id::uuid, pg_current_xact_id()::text FROM unnest($1::text[]) AS n (id)`,
);
const effects: GatheredWrite<string> = { rank: 1, statement: (ids) => [insert, [texts(ids)]] };
const look = statement('test.look', 'SELECT 1');

/** Writes one row for each event, and does what the test wants of it besides. */
class Writes extends TransactionalConsumer {
  ahead: number[] = [];
  faults = new Map<string, () => Error>();
  /** Events between whose write and refusal something is read, so that the write has left. */
  readers = new Set<string>();
  isShared = true;

  override sharesTransaction(): boolean {
    return this.isShared;
  }

  override async lockAhead(_tx: Tx, events: readonly RecordedEvent[]): Promise<void> {
    this.ahead.push(events.length);
  }

  override async react(tx: Tx, { id }: RecordedEvent): Promise<void> {
    gather(tx, effects, id);
    if (this.readers.has(id)) await run(tx, look, []);
    const fault = this.faults.get(id);
    if (fault) throw fault();
  }
}

describe('effects that share a transaction', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  let outbox: Outbox;
  let consumer: Writes;
  let shared: SharedTransactions;
  beforeAll(async () => {
    testDatabase = await createDatabase();
    database = await Database.connect({ url: testDatabase.url, poolMax: 8, applicationName: 'test' });
    outbox = new Outbox(database, new EventCatalog({}), new Wakeup());
    await testDatabase.query(
      'CREATE TABLE effects (event_id uuid PRIMARY KEY, transaction text NOT NULL); GRANT ALL ON effects TO PUBLIC',
    );
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });
  beforeEach(async () => {
    await testDatabase.query('TRUNCATE outbox, events, effects');
    consumer = new Writes();
    shared = new SharedTransactions(outbox, database, consumer);
  });

  const claimed = async (count: number): Promise<ClaimedRow[]> => {
    for (let i = 0; i < count; i++) {
      const id = randomUUID();
      await testDatabase.query(
        `INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at) VALUES ($1, 'x', 'x', $1, 1, '{}', now())`,
        [id],
      );
      await testDatabase.query(`INSERT INTO outbox (event_id, subscriber, due_at) VALUES ($1, 'S', now())`, [id]);
    }
    return outbox.claim(new Map([['S', count]]), 60);
  };
  const commit = (rows: readonly ClaimedRow[]) =>
    Promise.allSettled(
      rows.map((row) => shared.commitWithOthers({ row, apply: (tx) => consumer.react(tx, row.event) })),
    );
  const reasons = (settled: PromiseSettledResult<void>[]) =>
    settled.map((one) => (one.status === 'rejected' ? (one.reason as Error) : null));
  const written = () => testDatabase.query<{ event_id: string; transaction: string }>('SELECT * FROM effects');
  const left = async () =>
    (await testDatabase.query<{ event_id: string }>('SELECT event_id FROM outbox')).map((row) => row.event_id);

  it('are written by one statement and committed with the removal of their rows', async () => {
    expect(reasons(await commit(await claimed(20)))).toEqual(Array.from({ length: 20 }, () => null));
    const rows = await written();
    expect(rows).toHaveLength(20);
    expect(new Set(rows.map(({ transaction }) => transaction)).size).toBe(1);
    expect(consumer.ahead).toEqual([20]);
    expect(await left()).toEqual([]);
  });

  it.each(['waited', 'left'])('leave out one that cannot take place yet, whose writes have %s', async (how) => {
    const rows = await claimed(8);
    const early = rows[3]!.event.id;
    consumer.faults.set(early, () => new NotYet('too early'));
    if (how === 'left') consumer.readers.add(early);
    const stopped = reasons(await commit(rows));
    expect(stopped.map((error) => error?.message ?? null)).toEqual(rows.map((_, i) => (i === 3 ? 'too early' : null)));
    expect(stopped[3]).toBeInstanceOf(NotYet);
    expect((await written()).map((row) => row.event_id).sort()).toEqual(
      rows.flatMap(({ event }) => (event.id === early ? [] : [event.id])).sort(),
    );
    expect(await left()).toEqual([early]);
  });

  it('take place one by one when one of them fails', async () => {
    const rows = await claimed(6);
    const bad = rows[0]!.event.id;
    consumer.faults.set(bad, () => new Error('it is bad'));
    const stopped = reasons(await commit(rows));
    expect(stopped.map((error) => error?.message ?? null)).toEqual(['it is bad', null, null, null, null, null]);
    expect(await written()).toHaveLength(5);
    expect(await left()).toEqual([bad]);
  });

  it('leave out one that was claimed again meanwhile', async () => {
    const rows = await claimed(5);
    await testDatabase.query(`UPDATE outbox SET fence = nextval('outbox_fence') WHERE event_id = $1`, [
      rows[2]!.event.id,
    ]);
    const stopped = reasons(await commit(rows));
    expect(stopped.map((error) => error instanceof Overtaken)).toEqual([false, false, true, false, false]);
    expect(await written()).toHaveLength(4);
    expect(await left()).toEqual([rows[2]!.event.id]);
  });

  it('take place once when two processes hold the same claim', async () => {
    const rows = await claimed(12);
    const another = new SharedTransactions(outbox, database, consumer);
    const twice = await Promise.allSettled(
      [shared, another].flatMap((one) =>
        rows.map((row) => one.commitWithOthers({ row, apply: (tx) => consumer.react(tx, row.event) })),
      ),
    );
    expect(reasons(twice).filter((error) => error === null)).toHaveLength(12);
    expect(reasons(twice).filter((error) => error instanceof Overtaken)).toHaveLength(12);
    expect(await written()).toHaveLength(12);
  });

  it('have transactions of their own when the consumer wants that', async () => {
    consumer.isShared = false;
    await commit(await claimed(5));
    expect(new Set((await written()).map(({ transaction }) => transaction)).size).toBe(5);
    expect(consumer.ahead).toEqual([]);
  });
});
