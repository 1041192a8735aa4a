import { lockDataDirectory } from '#platform/database/data-directory.js';
import { EmbeddedPostgres } from '#platform/database/embedded-postgres.js';
import { migrate } from '#platform/database/migrate.js';
import { loadSettings } from '../load-settings.js';

/** `npm run migrate`: brings the schema up to date and ends. */
const report = (applied: string[]) =>
  process.stdout.write(applied.length > 0 ? `Applied: ${applied.join(', ')}\n` : 'The schema is up to date.\n');
try {
  const settings = loadSettings('command');
  if (settings.databaseUrl !== null) {
    report(await migrate(settings.databaseUrl));
  } else {
    const unlock = await lockDataDirectory(settings.dataDir);
    const embedded = await EmbeddedPostgres.start(settings.dataDir);
    try {
      report(await migrate(embedded.url()));
    } finally {
      await embedded.stop();
      unlock();
    }
  }
} catch (error) {
  process.stderr.write(`The schema could not be migrated: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
