import { type Lifetime } from '#platform/command-line/lifetime.js';
import { Database } from '#platform/database/database.js';
import { EmbeddedPostgres } from '#platform/database/embedded-postgres.js';
import { Metrics } from '#platform/telemetry/metrics.js';
import { IntegrityChecks } from '#ports/integrity.js';
import { OperationsMetrics } from '#modules/operations/metrics.js';
import { SqlIntegrity } from '#modules/operations/infrastructure/sql-integrity.js';
import { embeddedDatabase } from '../embedded-database.js';
import { integrityChecks } from '../integrity.js';
import { loadSettings } from '../load-settings.js';
import { prepareDatabase } from '../prepare-database.js';
import { SystemClock } from '../system-clock.js';

/** The database of the settings, of the server that runs on the data directory, or of none at the moment. */
async function open(lifetime: Lifetime): Promise<string> {
  const settings = loadSettings('command');
  const running = settings.databaseUrl ?? EmbeddedPostgres.urlOfRunning(settings.dataDir);
  return running ?? (await prepareDatabase(settings, await embeddedDatabase(settings.dataDir, lifetime))).url;
}

/** Prints a line for each check as it ends, or one report. @returns whether the books add up */
export async function checkBooks(lifetime: Lifetime, isJson: boolean): Promise<boolean> {
  const say = (text: string) => {
    if (!isJson) process.stdout.write(`${text}\n`);
  };
  const url = await open(lifetime);
  const database = await lifetime.start(
    () => Database.connect({ url, poolMax: 2, applicationName: 'quittance-integrity' }),
    (connected) => connected.close(),
  );
  const integrity = new SqlIntegrity(
    database,
    new IntegrityChecks(integrityChecks),
    new SystemClock(),
    new OperationsMetrics(new Metrics()),
  );
  const report = await integrity.check(({ name, ok, checked, violations }) => {
    const count = violations.length === 100 ? '100 or more' : violations.length;
    say(`${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(28)} ${checked} checked${ok ? '' : `, ${count} violations`}`);
    for (const violation of violations) say(`        ${JSON.stringify(violation)}`);
  });
  if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`);
  say(`The books ${report.ok ? 'add up' : 'do not add up'} (${report.durationMs} ms).`);
  return report.ok;
}
