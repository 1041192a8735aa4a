import { DEMO_API_KEY } from '#modules/access/settings.js';
import { Lifetime } from '#platform/command-line/lifetime.js';
import { Log } from '#platform/telemetry/log.js';
import { Application } from './application.js';
import { DEMO_ADMIN } from './demo-admin.js';
import { seedDemoShop } from './demo-shop.js';
import { embeddedDatabase } from './embedded-database.js';
import { makeFirstKey } from './first-key.js';
import { loadSettings } from './load-settings.js';
import { usesSimulator, type AppSettings } from './settings.js';
import { joinProcesses, tellServing } from './one-of-processes.js';
import { prepareDatabase } from './prepare-database.js';
import { ownShare, Processes, settingsOfShare, type Serving, type Share } from './processes.js';
import { SimulatorProcess } from './simulator-process.js';
import { startFailure, withoutPassword } from './start-failure.js';
import { VERSION } from './version.js';

const lifetime = Lifetime.ofServer();

async function openDatabase(settings: AppSettings, log: Log): Promise<string> {
  const embedded = settings.databaseUrl === null ? await embeddedDatabase(settings.dataDir, lifetime) : null;
  embedded?.supervise((what) => log.warn({}, what));
  return (await prepareDatabase(settings, embedded)).url;
}

async function startSimulator(settings: AppSettings, log: Log): Promise<SimulatorProcess | null> {
  if (!usesSimulator(settings)) return null;
  return lifetime.start(
    () => SimulatorProcess.start(settings, log),
    (simulator) => simulator.stop(),
  );
}

interface Started extends Serving {
  /** The address of the simulator, where it takes the payments. */
  readonly simulator: string | null;
}

function summary(settings: AppSettings, { url, metricsPort, simulator, key }: Started): string {
  const metrics = metricsPort === null ? url : `http://${settings.host}:${metricsPort}`;
  const lines = [
    '',
    `  Quittance ${VERSION} is ready in ${process.uptime().toFixed(1)} s${roleAndProcesses(settings)}`,
    '',
    `  API        ${url}/api/v1`,
    ...(settings.docs ? [`  Try it     ${url}/docs`] : []),
    `  Health     ${url}/health/ready    Metrics  ${metrics}/metrics`,
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

function roleAndProcesses({ role, processes }: AppSettings): string {
  const named = [...(role === 'all' ? [] : [`ROLE=${role}`]), ...(processes === 1 ? [] : [`${processes} processes`])];
  return named.length === 0 ? '' : ` (${named.join(', ')})`;
}

/** The application of this process, serving. */
async function serve(settings: AppSettings, databaseUrl: string, log: Log, share: Share | null): Promise<Serving> {
  const application = await lifetime.start(
    () => Application.create({ settings, databaseUrl, log }),
    (created) => created.close(),
  );
  if (share) joinProcesses(application, settings.role !== 'api');
  const isFirst = (share?.nth ?? 0) === 0;
  if (settings.demoData && settings.role !== 'worker' && isFirst) await seedDemoShop(application.nest);
  const port = await application.listen();
  const url = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`;
  const key = settings.isDemo ? DEMO_API_KEY : await makeFirstKey(application.nest, settings);
  return { url, metricsPort: application.metricsPort, key };
}

/** What is there once, whatever serves it: the database, the simulator, and the processes. */
async function main(settings: AppSettings, log: Log): Promise<void> {
  if (settings.sealsByJwtSecret)
    log.warn(
      {},
      'DATA_KEY is not set: stored secrets are sealed by JWT_SECRET and are lost when that is replaced at once',
    );
  const databaseUrl = await openDatabase(settings, log);
  const simulator = await startSimulator(settings, log);
  const stripeApiBase = simulator?.url ?? settings.stripeApiBase;
  const serving =
    settings.processes === 1
      ? await serve({ ...settings, stripeApiBase }, databaseUrl, log, null)
      : await lifetime.start(
          () => Processes.start(settings, { databaseUrl, stripeApiBase }, log),
          (processes) => processes.stop(),
        );
  simulator?.sendWebhooksTo(`${serving.url}/api/v1/webhooks/stripe`);
  process.stdout.write(summary(settings, { ...serving, simulator: simulator?.url ?? null }));
}

let settings: AppSettings | null = null;
try {
  settings = loadSettings('server');
  const share = ownShare();
  if (share === null) await main(settings, Log.create(settings));
  else {
    settings = settingsOfShare(settings, share);
    tellServing(await serve(settings, share.databaseUrl, Log.create(settings), share));
  }
} catch (error) {
  // Asked to end meanwhile: that is why it failed.
  if (!lifetime.isEnding) {
    for (const line of startFailure(error, settings)) process.stderr.write(`${line}\n`);
    await lifetime.exit(1);
  }
}
