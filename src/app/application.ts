import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Clock } from '#kernel/clock.js';
import { armFailpoint } from '#kernel/failpoints.js';
import { mayChangeSchema } from '#platform/database/program-role.js';
import { Database } from '#platform/database/database.js';
import { configureHttp, createAdapter } from '#platform/http/http-server.js';
import { PreferredWait } from '#platform/http/preferred-wait.js';
import { openApiDocument, serveDocs } from '#platform/http/openapi.js';
import { MetricsServer } from '#platform/health/metrics-server.js';
import { Health } from '#platform/health/health.js';
import { type Log } from '#platform/telemetry/log.js';
import { Metrics } from '#platform/telemetry/metrics.js';
import { Backlog } from '#platform/outbox/backlog.sql.js';
import { Relay } from '#platform/outbox/relay.js';
import { checkDataKeys } from '#platform/sealing/sealed-columns.sql.js';
import { AesSealing } from '#platform/sealing/aes-sealing.js';
import { SealedColumns } from '#ports/sealing.js';
import { refuseUnknownIds } from '#platform/outbox/stored-ids.sql.js';
import { Subscriptions } from '#platform/outbox/subscriptions.js';
import type { AppSettings } from './settings.js';
import { SystemClock } from './system-clock.js';
import { EventCatalog } from '#ports/events.js';
import { PersonalData } from '#ports/personal-data.js';
import { Housekeeping } from '#ports/retention.js';
import { eventTypes } from './event-catalog.js';
import { AppModule } from './app.module.js';
import { recipientConsumers, subscriptions } from './subscriptions.js';
import { apiDescription } from './api-description.js';

export interface ApplicationOptions {
  settings: AppSettings;
  databaseUrl: string;
  log: Log;
  clock?: Clock;
  /** Whether /docs is served beside /docs-json. */
  swaggerUi?: boolean;
}

/** The program between its settings and its socket: a database pool, the modules, the HTTP server, the relay. */
export class Application {
  /** Known once it listens; null without METRICS_PORT. */
  metricsPort: number | null = null;

  private constructor(
    readonly nest: NestFastifyApplication,
    private readonly settings: AppSettings,
    private readonly database: Database,
  ) {}

  static async create({
    settings,
    databaseUrl,
    log,
    clock = new SystemClock(settings.clockSkewSeconds * 1000),
    swaggerUi = true,
  }: ApplicationOptions): Promise<Application> {
    armFailpoint(settings.failpoint);
    const metrics = new Metrics();
    let opened: DataSource | null = null;
    let nest: NestFastifyApplication | null = null;
    try {
      const consumers = new Subscriptions(subscriptions, recipientConsumers);
      const parts = {
        settings,
        egress: { allowPrivate: settings.webhookAllowPrivate },
        log,
        metrics,
        database: {
          url: databaseUrl,
          poolMax: settings.databasePoolMax,
          applicationName: `quittance-${settings.role}`,
          onRetry: () => metrics.transactionRetries.inc(),
          onDataSource: (dataSource: DataSource) => (opened = dataSource),
        },
        clock,
        subscriptions: consumers,
        events: new EventCatalog(eventTypes),
      };
      nest = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts), createAdapter(settings), {
        logger: log.forNest(),
        bodyParser: false,
        abortOnError: false,
      });
      await configureHttp(nest);
      const served = nest;
      if (settings.docs) serveDocs(served, () => openApiDocument(served, apiDescription()), swaggerUi);
      // Before anything reads what is sealed.
      await checkDataKeys(nest.get(Database), nest.get(AesSealing), nest.get(SealedColumns));
      await nest.init();
      // A holder or a task that is missing in its ordered list is a mistake of the program: found at start, not when it is needed.
      nest.get(PersonalData).ordered();
      void nest.get(Housekeeping).tasks;
      const database = nest.get(Database);
      await refuseUnknownIds(database, consumers);
      if (settings.nodeEnv === 'production' && (await mayChangeSchema((text) => database.readOnce(text))))
        log.warn(
          {},
          'The role of DATABASE_URL may change the schema; give migrations a role of their own (DATABASE_OWNER_URL)',
        );
      observe(metrics, database, nest.get(Backlog));
      return new Application(nest, settings, database);
    } catch (error) {
      // A start that failed must leave nothing open.
      await nest?.close().catch(() => undefined);
      const dataSource = opened as DataSource | null;
      if (dataSource?.isInitialized) await dataSource.destroy();
      throw error;
    }
  }

  /** @returns the port that is listened on */
  async listen(): Promise<number> {
    const { port, host } = this.settings;
    await this.nest.getHttpAdapter().getInstance().listen({ port, host });
    this.metricsPort = await this.nest.get(MetricsServer).start();
    if (this.settings.role !== 'api') this.nest.get(Relay).start();
    return (this.nest.getHttpServer().address() as { port: number }).port;
  }

  /** Stops taking requests, finishes those under way and the reactions under way, then lets go of the database. */
  async close(): Promise<void> {
    this.nest.get(Health).drain();
    this.nest.get(PreferredWait).drain();
    const graceMs = this.settings.shutdownGraceSeconds * 1000;
    await this.nest.get(Relay).stop(graceMs);
    await this.nest.get(MetricsServer).stop();
    await Promise.race([this.nest.close(), new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
    await this.database.close();
  }
}

function observe(metrics: Metrics, database: Database, backlog: Backlog): void {
  const { pool } = database;
  metrics.observe('database_pool_size', 'Open connections', () => pool.totalCount);
  metrics.observe('database_pool_idle', 'Idle connections', () => pool.idleCount);
  metrics.observe('database_pool_waiting', 'Requests waiting for a connection', () => pool.waitingCount);
  const state = shared(() => backlog.state().catch(() => null));
  metrics.observe('outbox_pending', 'Reactions not yet done', async () => (await state())?.pending ?? NaN, 'max');
  metrics.observe(
    'outbox_oldest_due_seconds',
    'Age of the oldest reaction that is due',
    async () => (await state())?.oldestDueSeconds ?? NaN,
    'max',
  );
  metrics.observe(
    'outbox_deliveries_pending',
    'Messages that wait for merchants’ endpoints',
    async () => (await state())?.deliveries.pending ?? NaN,
    'max',
  );
  metrics.observe(
    'outbox_deliveries_oldest_due_seconds',
    'Age of the oldest such message that is due',
    async () => (await state())?.deliveries.oldestDueSeconds ?? NaN,
    'max',
  );
  metrics.observe(
    'outbox_dead_letters',
    'Reactions that were given up',
    async () => (await state())?.dead ?? NaN,
    'max',
  );
}

/** Several gauges of one scrape share one reading. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | null = null;
  return () => (reading ??= read().finally(() => setImmediate(() => (reading = null))));
}
