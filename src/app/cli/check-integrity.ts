import { Database } from '#platform/database/database.js';
import { lockDataDirectory } from '#platform/database/data-directory.js';
import { EmbeddedPostgres } from '#platform/database/embedded-postgres.js';
import { migrate } from '#platform/database/migrate.js';
import { Metrics } from '#platform/telemetry/metrics.js';
import { IntegrityChecks } from '#ports/integrity.js';
import { integrityChecks } from '../integrity.js';
import { loadSettings } from '../load-settings.js';
import { SystemClock } from '../system-clock.js';
import { OperationsMetrics } from '#modules/operations/metrics.js';
import { SqlIntegrity } from '#modules/operations/infrastructure/sql-integrity.js';

/**
 * `npm run integrity`: checks that the books add up, beside a running server or without one. Ends with 0 when they do,
 * 1 when they do not, 2 when they could not be checked. With --json the report is printed as the API answers it.
 */
const isJson = process.argv.includes('--json');
const say = (text: string) => {
  if (!isJson) process.stdout.write(`${text}\n`);
};

/** The database of the settings, of the server that runs on the data directory, or of none at the moment. */
async function open(): Promise<{ url: string; close: () => Promise<void> }> {
  const { databaseUrl, dataDir } = loadSettings('command');
  const running = databaseUrl ?? EmbeddedPostgres.urlOfRunning(dataDir);
  if (running !== null) return { url: running, close: async () => undefined };
  const unlock = await lockDataDirectory(dataDir);
  const embedded = await EmbeddedPostgres.start(dataDir);
  await migrate(embedded.url());
  return {
    url: embedded.url(),
    close: async () => {
      await embedded.stop();
      unlock();
    },
  };
}

async function run(): Promise<boolean> {
  const { url, close } = await open();
  const database = await Database.connect({ url, poolMax: 2, applicationName: 'quittance-integrity' });
  try {
    const integrity = new SqlIntegrity(
      database,
      new IntegrityChecks(integrityChecks),
      new SystemClock(),
      new OperationsMetrics(new Metrics()),
    );
    const report = await integrity.check(({ name, ok, checked, violations }) => {
      say(
        `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(28)} ${checked} checked${ok ? '' : `, ${violations.length === 100 ? '100 or more' : violations.length} violations`}`,
      );
      for (const violation of violations) say(`        ${JSON.stringify(violation)}`);
    });
    if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`);
    say(
      report.ok ? `The books add up (${report.durationMs} ms).` : `The books do not add up (${report.durationMs} ms).`,
    );
    return report.ok;
  } finally {
    await database.close();
    await close();
  }
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`The books could not be checked: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
