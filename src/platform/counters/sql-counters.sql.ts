import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { FairQueue } from '#kernel/fair-queue.js';
import { Counters, type CountedWindow } from '#ports/counters.js';
import { Housekeeping, type HousekeepingTask } from '#ports/retention.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '../database/database.js';
import { ReadAhead } from '../database/read-ahead.js';
import { count, run, statement, type Statement } from '../database/statement.js';

// Locks one row. In a transaction it is the last lock that is taken.
const countOnce = statement(
  'counters.count',
  `INSERT INTO limit_counters AS c (key, count, ends_at) VALUES ($1, 1, now() + $2 * interval '1 second')
   ON CONFLICT (key) DO UPDATE SET count = CASE WHEN c.ends_at <= now() THEN 1 ELSE c.count + 1 END,
     ends_at = CASE WHEN c.ends_at <= now() THEN EXCLUDED.ends_at ELSE c.ends_at END
   RETURNING count, greatest(1, ceil(extract(epoch FROM ends_at - now())))::int AS "resetSeconds"`,
);
const readSome = statement(
  'counters.read',
  `SELECT c.count, greatest(1, ceil(extract(epoch FROM c.ends_at - now())))::int AS "resetSeconds"
   FROM unnest($1::bytea[]) WITH ORDINALITY AS k (key, nth)
   LEFT JOIN LATERAL (SELECT count, ends_at FROM limit_counters WHERE key = k.key AND ends_at > now() OFFSET 0) c ON true
   ORDER BY k.nth`,
);
// Locks rows, keys ascending.
const takeBack = statement(
  'counters.take-back',
  `WITH mine AS (SELECT key FROM limit_counters WHERE key = ANY($1::bytea[]) AND count > 0 ORDER BY key FOR UPDATE)
   UPDATE limit_counters c SET count = c.count - 1 FROM mine WHERE c.key = mine.key`,
);
// Locks rows, keys ascending.
const forget = statement(
  'counters.forget',
  `DELETE FROM limit_counters WHERE key IN (SELECT key FROM limit_counters WHERE key = ANY($1::bytea[]) ORDER BY key FOR UPDATE)`,
);
const forgetOld = statement(
  'housekeeping.limit-counters',
  `DELETE FROM limit_counters WHERE key IN (
     SELECT key FROM limit_counters WHERE ends_at <= now() ORDER BY ends_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
);

const AT_ONCE = 2;
const MAX_WAITING = 1_000;

/** Counters in an unlogged table: a crash of the database clears them, a restart of the program does not. */
@Injectable()
export class SqlCounters extends Counters implements HousekeepingTask {
  readonly name = 'limit_counters';
  private readonly known = new ReadAhead<CountedWindow | null>();
  /** Strangers who guess passwords leave most of the pool to everything else. */
  private readonly turns = new FairQueue(AT_ONCE, MAX_WAITING);

  constructor(
    private readonly database: Database,
    housekeeping: Housekeeping,
  ) {
    super();
    housekeeping.register(this);
  }

  override async count(key: string, windowSeconds: number, tx?: Tx): Promise<CountedWindow> {
    if (tx) this.known.forget(tx, key);
    const [window] = await this.ask<CountedWindow>(countOnce, [hashOf(key), windowSeconds], tx);
    return window!;
  }

  override async read(keys: readonly string[], tx?: Tx): Promise<(CountedWindow | null)[]> {
    const known = tx ? keys.map((key) => this.known.see(tx, key)) : [];
    if (tx && known.every((window) => window !== undefined)) return known;
    const rows = await this.ask<{ count: number | null; resetSeconds: number }>(readSome, [keys.map(hashOf)], tx);
    return rows.map(({ count: counted, resetSeconds }) => (counted === null ? null : { count: counted, resetSeconds }));
  }

  override async readAhead(keys: readonly string[], tx: Tx): Promise<void> {
    if (keys.length === 0) return;
    const windows = await this.read(keys, tx);
    keys.forEach((key, i) => this.known.put(tx, key, windows[i]!));
  }

  override async takeBack(keys: readonly string[]): Promise<void> {
    await this.ask(takeBack, [keys.map(hashOf)]);
  }

  override async forget(keys: readonly string[]): Promise<void> {
    await this.ask(forget, [keys.map(hashOf)]);
  }

  run(tx: Tx, _now: Date, limit: number): Promise<number> {
    return count(tx, forgetOld, [limit]);
  }

  /** A statement of its own commits itself. Not waited for on the disk: the table is unlogged. */
  private ask<Row>(how: Statement, values: unknown[], tx?: Tx): Promise<Row[]> {
    return tx ? run<Row>(tx, how, values) : this.turns.run('', () => this.database.read<Row>(how, values));
  }
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
