import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { migrations } from '../../../migrations/all.js';
import { refuseUnfitDatabase, sessionOf } from './fit.js';
import { grantToProgram, type ProgramRole } from './program-role.js';

/** Any fixed number; replicas that start together take turns on it. */
const MIGRATION_LOCK = 7_031_976_001;

const RETRY_MS = 100;

/**
 * Brings the schema up to date under an advisory lock, so that processes that start together do not race. The lock is held
 * by a transaction of its own and falls with it, also behind a pooler that gives connections by transaction. Who waits asks
 * again and again instead of queuing: a process that queues holds a snapshot, and `CREATE INDEX CONCURRENTLY` of the one that
 * migrates waits for every snapshot.
 * @param url of the owner of the tables
 * @param program the role of the program, where it is another
 * @returns the names of the migrations that were applied
 * @throws DatabaseUnfit for its encoding or version, SchemaBehind when there are some and the role may not apply them
 */
export async function migrate(url: string, program: ProgramRole | null = null): Promise<string[]> {
  const session = sessionOf(url);
  const guard = new pg.Client({
    connectionString: session.url,
    options: session.options,
    application_name: 'quittance-migrate',
    connectionTimeoutMillis: 10_000,
  });
  guard.on('error', () => undefined);
  await guard.connect();
  try {
    await refuseUnfitDatabase(async (text) => (await guard.query<object>(text)).rows);
    await lock(guard);
    const dataSource = new DataSource({
      type: 'postgres',
      url: session.url,
      extra: { options: session.options },
      migrations,
      migrationsTableName: 'migrations',
      poolSize: 1,
    });
    await dataSource.initialize();
    try {
      const applied = await dataSource.runMigrations({ transaction: 'each' });
      if (program) await grantToProgram(url, program);
      return applied.map((migration) => migration.name);
    } catch (error) {
      throw (error as { code?: string }).code === '42501' ? new SchemaBehind(error as Error) : error;
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await guard.end();
  }
}

/** The role of DATABASE_URL may not change the schema, which is behind. */
export class SchemaBehind extends Error {
  constructor(cause: Error) {
    super(
      'The schema is behind, and the role of DATABASE_URL may not change it. Run npm run migrate with DATABASE_OWNER_URL set to the owner of the tables.',
      { cause },
    );
  }
}

/** By simple queries: one with a parameter would keep its snapshot until the next. */
async function lock(guard: pg.Client): Promise<void> {
  for (;;) {
    await guard.query('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0');
    const { rows } = await guard.query<{ mine: boolean }>(
      `SELECT pg_try_advisory_xact_lock(${MIGRATION_LOCK}) AS mine`,
    );
    if (rows[0]!.mine) return;
    await guard.query('ROLLBACK');
    await sleep(RETRY_MS);
  }
}

/** Names of known migrations that the database does not have yet. */
export async function missingMigrations(read: (text: string) => Promise<{ name: string }[]>): Promise<string[]> {
  const present = new Set((await read('SELECT name FROM migrations')).map((row) => row.name));
  return migrations.map((migration) => migration.name).filter((name) => !present.has(name));
}
