import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '#kernel/clock.js';
import { UrlPolicy } from '#ports/url-policy.js';
import { Dormancy, RecipientQueues } from '#ports/consumers.js';
import { EventCatalog, EventHistory, EventLog } from '#ports/events.js';
import { Telemetry } from '#ports/telemetry.js';
import { Queue } from '#ports/dead-letters.js';
import { IdempotentRequests } from '#ports/idempotency.js';
import { Counters } from '#ports/counters.js';
import { Sealing } from '#ports/sealing.js';
import { Transactions } from '#ports/tx.js';
import { dataSourceOptions, type DatabaseOptions } from './database/data-source.js';
import { Database } from './database/database.js';
import { SqlEventHistory } from './events/event-history.sql.js';
import { SqlEventLog } from './outbox/event-log.sql.js';
import { LoggedEvents } from './events/logged-events.sql.js';
import { PreferredWait } from './http/preferred-wait.js';
import { ProblemPagesController } from './http/problem-pages.controller.js';
import { Turns } from './http/turns.js';
import { EarlyRefusals } from './http/early-refusals.js';
import { RouteTable } from './http/route-table.js';
import { MetricsServer } from './health/metrics-server.js';
import { Health } from './health/health.js';
import { Log } from './telemetry/log.js';
import { Metrics } from './telemetry/metrics.js';
import { ObservabilityController } from './health/health.controller.js';
import { Backlog } from './outbox/backlog.sql.js';
import { BatchFastPath } from './outbox/batch-fast-path.js';
import { BatchRunner } from './outbox/batch-runner.js';
import { OutboxDormancy } from './outbox/dormancy.sql.js';
import { ExternalCallRunner } from './outbox/external-call-runner.js';
import { FailedAttempts } from './outbox/failed-attempts.js';
import { Outbox } from './outbox/outbox.sql.js';
import { SqlQueue } from './outbox/dead-letters.sql.js';
import { OutboxQueues } from './outbox/recipient-queues.sql.js';
import { RecipientRunner } from './outbox/recipient-runner.js';
import { Relay } from './outbox/relay.js';
import { TransactionalRunner } from './outbox/transactional-runner.js';
import { UnknownEventRunner } from './outbox/unknown-event-runner.js';
import { DnsResolver, PublicDnsResolver } from './egress/dns-resolver.js';
import { EgressSettings } from './egress/egress-settings.js';
import { EgressClient } from './egress/egress-client.js';
import { Subscriptions } from './outbox/subscriptions.js';
import { Wakeup } from './outbox/wakeup.js';
import { ExpiredRecords } from './idempotency/expired-records.sql.js';
import { IdempotencyRecords } from './idempotency/idempotency-records.sql.js';
import { StoredAnswers } from './idempotency/stored-answers.sql.js';
import { TransactionalRequests } from './idempotency/transactional-requests.js';
import { Searches } from './database/searches.js';
import { SqlCounters } from './counters/sql-counters.sql.js';
import { AesSealing } from './sealing/aes-sealing.js';
import { SealAnew } from './sealing/sealed-columns.sql.js';
import { Settings } from './settings/settings.js';

export interface PlatformParts {
  settings: Settings;
  egress: EgressSettings;
  log: Log;
  metrics: Metrics;
  /** Null when nothing is going to be asked of it, as for the OpenAPI document. */
  database: (DatabaseOptions & { onDataSource?(dataSource: DataSource): void }) | null;
  clock: Clock;
  subscriptions: Subscriptions;
  events: EventCatalog;
}

const undescribed: DatabaseOptions = { url: 'postgres://nowhere', poolMax: 1, applicationName: 'quittance' };

/** TypeORM owns the data source, its pool and the migrations; modules add their entities (`TypeOrmModule.forFeature`). */
function typeOrm(options: PlatformParts['database']): DynamicModule {
  return TypeOrmModule.forRootAsync({
    useFactory: () => ({
      ...dataSourceOptions(options ?? undescribed),
      autoLoadEntities: true,
      manualInitialization: options === null,
      retryAttempts: 0,
    }),
    dataSourceFactory: async (all) => {
      const dataSource = new DataSource(all!);
      options?.onDataSource?.(dataSource);
      return dataSource;
    },
  });
}

/** What delivers events to their consumers. */
const outbox = [
  Wakeup,
  Outbox,
  Backlog,
  FailedAttempts,
  TransactionalRunner,
  ExternalCallRunner,
  BatchFastPath,
  BatchRunner,
  RecipientRunner,
  UnknownEventRunner,
  Relay,
];

/** What every module stands on. Its parts that must exist before the application does are handed in. */
@Global()
@Module({})
export class PlatformModule {
  static with(parts: PlatformParts): DynamicModule {
    const providers = [
      { provide: Settings, useValue: parts.settings },
      { provide: Log, useValue: parts.log },
      { provide: Metrics, useValue: parts.metrics },
      { provide: Telemetry, useExisting: Metrics },
      {
        provide: Database,
        useFactory: (dataSource: DataSource) => Database.over(dataSource, parts.database ?? undescribed),
        inject: [DataSource],
      },
      { provide: Transactions, useExisting: Database },
      { provide: Clock, useValue: parts.clock },
      { provide: Subscriptions, useValue: parts.subscriptions },
      { provide: EventCatalog, useValue: parts.events },
      { provide: EventLog, useClass: SqlEventLog },
      { provide: EventHistory, useClass: SqlEventHistory },
      { provide: RecipientQueues, useClass: OutboxQueues },
      { provide: Dormancy, useClass: OutboxDormancy },
      { provide: AesSealing, useValue: new AesSealing(parts.settings.dataKeys) },
      { provide: Sealing, useExisting: AesSealing },
      SealAnew,
      Searches,
      { provide: Counters, useClass: SqlCounters },
      IdempotencyRecords,
      { provide: IdempotentRequests, useClass: TransactionalRequests },
      { provide: DnsResolver, useClass: parts.egress.allowPrivate ? DnsResolver : PublicDnsResolver },
      { provide: EgressSettings, useValue: parts.egress },
      EgressClient,
      { provide: UrlPolicy, useExisting: EgressClient },
      ExpiredRecords,
      { provide: Queue, useClass: SqlQueue },
      StoredAnswers,
      LoggedEvents,
      ...outbox,
      Health,
      MetricsServer,
      RouteTable,
      PreferredWait,
      Turns,
      EarlyRefusals,
    ];
    return {
      module: PlatformModule,
      imports: [CqrsModule.forRoot(), ScheduleModule.forRoot(), typeOrm(parts.database)],
      controllers: [ObservabilityController, ProblemPagesController],
      providers,
      exports: [
        CqrsModule,
        ScheduleModule,
        ...providers.map((provider) => ('provide' in provider ? provider.provide : provider)),
      ],
    };
  }
}
