import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../../dist/src/platform/database/embedded-postgres.js';
import { roleOf } from '../../dist/src/platform/database/program-role.js';
import { migrate } from '../../dist/src/platform/database/migrate.js';

/** One real PostgreSQL for the run, with one migrated database that every test file copies. */
export default async function setup() {
  const directory = mkdtempSync(join(tmpdir(), 'quittance-test-'));
  // Nothing here pulls the plug, so nothing has to reach the disk.
  const server = await EmbeddedPostgres.start(directory, [
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'max_connections=300',
  ]);
  // Interrupted tests must not leave a server behind: it does not belong to their process group.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      void server.stop().finally(() => {
        rmSync(directory, { recursive: true, force: true });
        process.exit(128 + constants.signals[signal]);
      });
    });
  }
  const admin = new pg.Client({ connectionString: server.ownerUrl('postgres') });
  await admin.connect();
  await admin.query('CREATE DATABASE template_quittance');
  await migrate(server.ownerUrl('template_quittance'), roleOf(server.url()));
  await admin.end();
  process.env.TEST_DATABASE_URL = server.ownerUrl('postgres');
  process.env.TEST_PROGRAM_DATABASE_URL = server.url('postgres');
  process.env.TEST_DIRECTORY = directory;
  globalThis.__quittanceTest = { server, directory };
}
