import { setTimeout as sleep } from 'node:timers/promises';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { Transactions, type TransactionOptions, type Tx } from '#ports/tx.js';
import { Unavailable } from '#kernel/errors.js';
import { defineFailpoint } from '#kernel/failpoints.js';
import {
  isDeadlockOrSerializationFailure,
  isSilence,
  shortageBehind,
  translated,
  type Shortage,
} from './database-errors.js';
import { dataSourceOptions, UNANSWERED_MS, type DatabaseOptions } from './data-source.js';
import { LookupConnection } from './lookup-connection.js';
import { OpenTransaction } from './open-transaction.js';
import type { Statement } from './statement.js';
import { readTimestamp } from './timestamps.js';

const beforeRead = defineFailpoint('database.before-read');

/** int8 arrives as text. Parsed once, here; what is not an exact integer in JavaScript is refused, never rounded. */
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`A bigint left the range of exact integers: ${text}`);
  return number;
});

const readAnyTimestamp = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => Date;
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => readTimestamp(text) ?? readAnyTimestamp(text));

const MAX_TRIES = 4;
/** How long it counts that something was noticedShortage: some of what is written still finds room on a full disk. */
const SHORTAGE_MS = 10_000;
/** How long a whole snapshot's statement may take. */
const SNAPSHOT_MS = 600_000;

/** The one way to PostgreSQL: a pool, transactions with bounded retry, and reads outside of transactions. */
export class Database extends Transactions implements BeforeApplicationShutdown {
  private readonly lookups = new LookupConnection(() => this.pool.connect());
  private noticedShortage: (Shortage & { readonly at: number }) | null = null;

  private constructor(
    readonly dataSource: DataSource,
    private readonly options: DatabaseOptions,
  ) {
    super();
  }

  /** A data source of its own, for programs without modules. */
  static async connect(options: DatabaseOptions): Promise<Database> {
    return Database.over(await new DataSource(dataSourceOptions(options)).initialize(), options);
  }

  /** Over the data source of TypeOrmModule, which opens and closes it. */
  static async over(dataSource: DataSource, options: DatabaseOptions): Promise<Database> {
    const database = new Database(dataSource, options);
    if (!dataSource.isInitialized) return database; // only described, never asked
    // A connection that is killed between being handed out and its first listener would otherwise end the process.
    database.pool.on('connect', (client) => client.on('error', () => undefined));
    await database.watchFirstConnection();
    return database;
  }

  /** The connection that initializing has opened was there before anything listened to it. */
  private async watchFirstConnection(): Promise<void> {
    const client = await this.pool.connect();
    client.on('error', () => undefined);
    client.release();
  }

  /** What the database has run out of, as far as was noticed lately. */
  get shortage(): Shortage | null {
    return this.noticedShortage && Date.now() - this.noticedShortage.at < SHORTAGE_MS ? this.noticedShortage : null;
  }

  private translated(error: unknown): unknown {
    const shortage = shortageBehind(error);
    if (shortage) this.noticedShortage = { ...shortage, at: Date.now() };
    return translated(error);
  }

  get pool(): pg.Pool {
    return (this.dataSource.driver as unknown as { master: pg.Pool }).master;
  }

  override async run<T>(work: (tx: Tx) => Promise<T>, { readsFirst = false }: TransactionOptions = {}): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        const open = new OpenTransaction(await this.pool.connect(), this.dataSource);
        const result = await open.run(() => work(open as unknown as Tx), readsFirst);
        for (const act of open.afterCommit) act();
        return result;
      } catch (error) {
        if (tries >= MAX_TRIES || !isDeadlockOrSerializationFailure(error)) throw this.translated(error);
        this.options.onRetry?.();
        await sleep(Math.random() * 20 * 2 ** tries);
      }
    }
  }

  /** A read outside of any transaction: one statement, one snapshot, one round trip. */
  async read<Row>({ name, text }: Statement, values: unknown[] = []): Promise<Row[]> {
    try {
      beforeRead();
      return (await this.pool.query({ name, text, values })).rows as Row[];
    } catch (error) {
      throw this.translated(error);
    }
  }

  /** As read, for lookups by key that take no time. */
  async lookUp<Row>(statement: Statement, values: unknown[]): Promise<Row[]> {
    if (this.lookups.isClosed) return this.read(statement, values);
    try {
      return (await this.lookups.query(statement, values)).rows as Row[];
    } catch (error) {
      // Its connection may have died while it was idle; a lookup has no effect and is simply asked again, elsewhere. Not after a
      // silence: all the others would be asked again with it.
      if (translated(error) instanceof Unavailable && !isSilence(error)) return this.read(statement, values);
      throw translated(error);
    }
  }

  /** As read, for texts that are put together from fixed parts. */
  async readOnce<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    try {
      beforeRead();
      return (await this.pool.query({ text, values })).rows as Row[];
    } catch (error) {
      throw this.translated(error);
    }
  }

  /**
   * Reads any number of statements in one consistent snapshot, which takes as long as it takes. It blocks no writer; only
   * rows that are deleted meanwhile wait for it to be cleared away.
   */
  async snapshot<T>(work: (read: <Row>(text: string) => Promise<Row[]>) => Promise<T>): Promise<T> {
    try {
      const open = new OpenTransaction(await this.pool.connect(), this.dataSource);
      return await open.run(async () => {
        const { connection } = open;
        await connection.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY' });
        // Hash tables of this size keep a whole check well below 300 MB.
        await connection.query({
          text: `SET LOCAL statement_timeout = ${SNAPSHOT_MS}; SET LOCAL work_mem = '48MB'; SET LOCAL jit = off`,
        });
        return work(
          async <Row>(text: string) =>
            (await connection.query<Row>({ text, query_timeout: SNAPSHOT_MS + UNANSWERED_MS })).rows,
        );
      }, false);
    } catch (error) {
      throw this.translated(error);
    }
  }

  /** Lookups have a connection to themselves, which the pool would wait for; from now on they use the pool. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.lookups.close();
  }

  async close(): Promise<void> {
    await this.lookups.close();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
