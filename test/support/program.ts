import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Clock } from '#kernel/clock.js';
import { Application } from '#app/application.js';
import { readSettings, type AppSettings } from '#app/settings.js';
import { Log } from '#platform/telemetry/log.js';
import { Simulator } from '../../tools/simulator/simulator.js';

export const WEBHOOK_SECRET = 'whsec_dev_stripe_webhook_secret';

export type Overrides = { [K in keyof AppSettings]?: AppSettings[K] } & {
  /** Writes what the simulator is to know already to a path, before it starts. */
  simulatorJournal?: (path: string) => void;
};

/** The real time, moved. */
export class MovableClock extends Clock {
  aheadMs = 0;
  override now(): Date {
    return new Date(Date.now() + this.aheadMs);
  }
}

function startSimulator(overrides: Overrides): Promise<Simulator> {
  const statePath = join(process.env['TEST_DIRECTORY']!, `simulator-${randomUUID()}.jsonl`);
  overrides.simulatorJournal?.(statePath);
  return Simulator.start({
    host: '127.0.0.1',
    port: 0,
    statePath,
    delayMs: overrides.simulatorDelayMs ?? 30,
    seed: process.env['SIMULATOR_SEED'] ?? '1',
    webhookSecret: WEBHOOK_SECRET,
    webhookUrl: null,
  });
}

/** The program in this process, on a database, with a simulator that sends its webhooks to it. */
export async function startProgram(overrides: Overrides, databaseUrl: string) {
  const clock = new MovableClock();
  const simulator = await startSimulator(overrides);
  const settings = {
    ...readSettings({
      NODE_ENV: 'test',
      PORT: '0',
      LOG_LEVEL: 'fatal',
      OUTBOX_POLL_MS: '50',
      RECONCILIATION_INTERVAL: '0',
      DATABASE_URL: databaseUrl,
    }),
    // Stories open many accounts from one address.
    registrationLimit: { requests: 10_000, seconds: 60 },
    // And as customers they do much at once.
    customerWriteLimit: { requests: 10_000, seconds: 60 },
    stripeApiBase: `http://127.0.0.1:${simulator.port}`,
    ...overrides,
    ...(overrides.balanceServiceUrl !== undefined && { catalogUrl: overrides.balanceServiceUrl }),
  };
  // Jest on Node 20 cannot load @fastify/static; the real process serves Swagger UI in test/crashes.
  const log = Log.create(settings);
  const application = await Application.create({ settings, databaseUrl, log, clock, swaggerUi: false }).catch(
    async (error: unknown) => {
      await simulator.stop();
      throw error;
    },
  );
  const port = await application.listen();
  simulator.sendWebhooksTo(`http://127.0.0.1:${port}/api/v1/webhooks/stripe`);
  return { application, simulator, port, clock };
}
