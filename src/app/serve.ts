import { DEMO_API_KEY } from '#modules/access/settings.js';
import { BadSettings } from '#platform/settings/settings.js';
import { DataDirectoryInUse, lockDataDirectory } from '#platform/database/data-directory.js';
import { EmbeddedPostgres } from '#platform/database/embedded-postgres.js';
import { EmbeddedDatabaseFailed } from '#platform/database/run-as.js';
import { migrate } from '#platform/database/migrate.js';
import { UnknownStoredIds } from '#platform/outbox/stored-ids.sql.js';
import { UnknownDataKey } from '#platform/sealing/sealed-columns.sql.js';
import { Log } from '#platform/telemetry/log.js';
import { Application } from './application.js';
import { DEMO_ADMIN } from './demo-admin.js';
import { seedDemoShop } from './demo-shop.js';
import { makeFirstKey } from './first-key.js';
import { loadSettings } from './load-settings.js';
import { usesSimulator, type AppSettings } from './settings.js';
import { SimulatorProcess } from './simulator-process.js';
import { VERSION } from './version.js';

/** What has been started and must be stopped, last first. */
const started: (() => unknown)[] = [];
let stopping: Promise<void> | null = null;

function stop(): Promise<void> {
  stopping ??= (async () => {
    for (const undo of started.reverse()) await undo();
  })();
  return stopping;
}

/** One clear line, no stack: these are faults of the surroundings, not of the program. */
async function fail(lines: readonly string[]): Promise<never> {
  for (const line of lines) process.stderr.write(`${line}\n`);
  await stop().catch(() => undefined);
  process.exit(1);
}

function explain(error: unknown, settings: AppSettings | null): string[] {
  if (error instanceof BadSettings)
    return ['These settings are not right:', ...error.complaints.map((complaint) => `  ${complaint}`)];
  if (error instanceof UnknownStoredIds) return [...error.lines];
  if (error instanceof DataDirectoryInUse || error instanceof EmbeddedDatabaseFailed || error instanceof UnknownDataKey)
    return [error.message];
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return [
      `Port ${settings?.port} on ${settings?.host} is taken. Stop what listens there, or set PORT (0 picks a free one).`,
    ];
  if (syscall === 'listen' || code === 'EADDRNOTAVAIL')
    return [`Cannot listen on ${settings?.host}:${settings?.port}: ${message}`];
  if (settings?.databaseUrl && isDatabaseFault(error))
    return [`The database at ${withoutPassword(settings.databaseUrl)} cannot be used: ${databaseMessage(error)}`];
  if (code === 'EACCES' || code === 'EPERM' || code === 'ENOSPC' || code === 'EROFS')
    return [`The data directory ${settings?.dataDir} cannot be used: ${message}`];
  return [`The server could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
}

function isDatabaseFault(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  return (
    /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|[0-9A-Z]{5}$)/.test(code ?? '') ||
    /timeout|terminated|password|SASL|SSL/i.test(message) ||
    error instanceof AggregateError
  );
}

function databaseMessage(error: unknown): string {
  if (error instanceof AggregateError) return (error.errors[0] as Error | undefined)?.message ?? 'no connection';
  return (error as Error).message;
}

function withoutPassword(url: string): string {
  const parsed = new URL(url);
  return `${parsed.host}${parsed.pathname}`;
}

async function openDatabase(settings: AppSettings, log: Log): Promise<string> {
  if (settings.databaseUrl !== null) return settings.databaseUrl;
  const unlock = await lockDataDirectory(settings.dataDir);
  started.push(unlock);
  const starting = EmbeddedPostgres.start(settings.dataDir);
  // Known before it is up, so that a Ctrl-C meanwhile leaves no server behind.
  started.push(() =>
    starting.then(
      (embedded) => embedded.stop(),
      () => undefined,
    ),
  );
  const embedded = await starting;
  embedded.supervise((what) => log.warn({}, what));
  return embedded.url();
}

function summary(settings: AppSettings, url: string, simulator: string | null, key: string | null): string {
  const lines = [
    '',
    `  Quittance ${VERSION} is ready in ${process.uptime().toFixed(1)} s${settings.role === 'all' ? '' : ` (ROLE=${settings.role})`}`,
    '',
    `  API        ${url}/api/v1`,
    ...(settings.docs ? [`  Try it     ${url}/docs`] : []),
    `  Health     ${url}/health/ready    Metrics  ${url}/metrics`,
    ...(settings.isDemo ? [`  Demo key   X-Api-Key: ${key}    (everything is allowed; for this machine only)`] : []),
    ...(!settings.isDemo && key ? [`  API key    ${key}    (everything is allowed; shown once)`] : []),
    ...(settings.demoData ? [`  Demo admin ${DEMO_ADMIN.email} / ${DEMO_ADMIN.password}`] : []),
    `  Database   ${settings.databaseUrl === null ? `embedded PostgreSQL in ${settings.dataDir}` : withoutPassword(settings.databaseUrl)}`,
    `  Payments   ${simulator ? `simulated at ${simulator}; an outcome takes ${settings.simulatorDelayMs / 1000} s (SIMULATOR_DELAY_MS). No money moves.` : 'Stripe'}`,
    '',
    settings.isDemo
      ? '  npm run demo plays the whole story against this server. Ctrl-C stops it; the data stays.'
      : '  Ctrl-C stops it; the data stays.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

async function main(): Promise<void> {
  let settings: AppSettings | null = null;
  try {
    settings = loadSettings('server');
    const log = Log.create(settings);
    if (settings.sealsByJwtSecret)
      log.warn(
        {},
        'DATA_KEY is not set: stored secrets are sealed by JWT_SECRET and are lost when that is replaced at once',
      );
    const databaseUrl = await openDatabase(settings, log);
    await migrate(databaseUrl);
    const simulator = usesSimulator(settings) ? await SimulatorProcess.start(settings, log) : null;
    if (simulator) started.push(() => simulator.stop());
    if (stopping) return;
    const effective = simulator ? { ...settings, stripeApiBase: simulator.url } : settings;
    const application = await Application.create({ settings: effective, databaseUrl, log });
    started.push(() => application.close());
    if (stopping) return;
    if (settings.demoData && settings.role !== 'worker') await seedDemoShop(application.nest);
    const port = await application.listen();
    const url = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`;
    simulator?.sendWebhooksTo(`${url}/api/v1/webhooks/stripe`);
    const key = settings.isDemo ? DEMO_API_KEY : await makeFirstKey(application.nest, settings);
    process.stdout.write(summary(settings, url, simulator?.url ?? null, key));
  } catch (error) {
    if (!stopping) await fail(explain(error, settings));
  }
}

/** A terminal and npm both hand on one Ctrl-C; what comes this soon after the first is the same wish, not impatience. */
const SAME_WISH_MS = 1_000;
let askedAt = 0;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    const isSameWish = Date.now() - askedAt < SAME_WISH_MS;
    askedAt = Date.now();
    if (isSameWish) return;
    if (stopping) process.exit(130); // asked again: at once
    void stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`The server did not stop cleanly: ${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}

await main();
