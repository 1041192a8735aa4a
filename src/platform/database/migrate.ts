import pg from 'pg';
import { DataSource } from 'typeorm';
import { migrations } from '../../../migrations/all.js';

/** Any fixed number; replicas that start together take turns on it. */
const MIGRATION_LOCK = 7_031_976_001;

/**
 * Brings the schema up to date under an advisory lock, so that replicas starting together do not race. The lock is held
 * by a connection of its own and falls with it, whatever happens.
 * @returns the names of the migrations that were applied
 */
export async function migrate(url: string): Promise<string[]> {
  const guard = new pg.Client({
    connectionString: url,
    application_name: 'quittance-migrate',
    connectionTimeoutMillis: 10_000,
  });
  guard.on('error', () => undefined);
  await guard.connect();
  try {
    await guard.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const dataSource = new DataSource({
      type: 'postgres',
      url,
      migrations,
      migrationsTableName: 'migrations',
      poolSize: 1,
    });
    await dataSource.initialize();
    try {
      const applied = await dataSource.runMigrations({ transaction: 'each' });
      return applied.map((migration) => migration.name);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await guard.end();
  }
}

/** Names of known migrations that the database does not have yet. */
export async function missingMigrations(read: (text: string) => Promise<{ name: string }[]>): Promise<string[]> {
  const present = new Set((await read('SELECT name FROM migrations')).map((row) => row.name));
  return migrations.map((migration) => migration.name).filter((name) => !present.has(name));
}
