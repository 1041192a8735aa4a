import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ScheduleModule } from '@nestjs/schedule';
import { Clock } from '#kernel/clock.js';
import { Destinations } from '#kernel/destinations.js';
import { Dormancy, EventHistory, EventLog, RecipientQueues } from '#kernel/events.js';
import { Housekeeping } from '#kernel/housekeeping.js';
import { PersonalData } from '#kernel/personal-data.js';
import { Queue } from '#kernel/queue.js';
import { Receipts } from '#kernel/receipts.js';
import { Transactions } from '#kernel/tx.js';
import { Database } from './database/database.js';
import { SqlEventHistory } from './events/event-history.sql.js';
import { SqlEventLog } from './events/event-log.sql.js';
import { LoggedEvents } from './events/logged-events.sql.js';
import { PreferredWait } from './http/preferred-wait.js';
import { ProblemPagesController } from './http/problem-pages.controller.js';
import { RouteTable } from './http/route-table.js';
import { Health } from './observability/health.js';
import { Log } from './observability/log.js';
import { Metrics } from './observability/metrics.js';
import { ObservabilityController } from './observability/observability.controller.js';
import { Carriage } from './outbox/carriage.js';
import { OutboxDormancy } from './outbox/dormancy.sql.js';
import { Outbox } from './outbox/outbox.sql.js';
import { SqlQueue } from './outbox/queue.sql.js';
import { OutboxQueues } from './outbox/recipient-queues.sql.js';
import { Relay } from './outbox/relay.js';
import { Sweep } from './outbox/sweep.js';
import { Names, PublicNames } from './outgoing/names.js';
import { Outgoing } from './outgoing/outgoing.js';
import { Subscriptions } from './outbox/subscriptions.js';
import { Wakeup } from './outbox/wakeup.js';
import { PassingReceipts } from './receipts/passing-receipts.sql.js';
import { SqlReceipts } from './receipts/receipts.sql.js';
import { StoredAnswers } from './receipts/stored-answers.sql.js';
import { Settings } from './settings/settings.js';

export interface PlatformParts {
  settings: Settings;
  log: Log;
  metrics: Metrics;
  database: Database;
  clock: Clock;
  subscriptions: Subscriptions;
}

/** What every module stands on. Its parts that must exist before the application does are handed in. */
@Global()
@Module({})
export class PlatformModule {
  static with(parts: PlatformParts): DynamicModule {
    const providers = [
      { provide: Settings, useValue: parts.settings },
      { provide: Log, useValue: parts.log },
      { provide: Metrics, useValue: parts.metrics },
      { provide: Database, useValue: parts.database },
      { provide: Transactions, useExisting: Database },
      { provide: Clock, useValue: parts.clock },
      { provide: Subscriptions, useValue: parts.subscriptions },
      { provide: EventLog, useClass: SqlEventLog },
      { provide: EventHistory, useClass: SqlEventHistory },
      { provide: RecipientQueues, useClass: OutboxQueues },
      { provide: Dormancy, useClass: OutboxDormancy },
      { provide: Receipts, useClass: SqlReceipts },
      { provide: Names, useClass: parts.settings.webhookAllowPrivate ? Names : PublicNames },
      Outgoing,
      { provide: Destinations, useExisting: Outgoing },
      PersonalData,
      Housekeeping,
      PassingReceipts,
      { provide: Queue, useClass: SqlQueue },
      StoredAnswers,
      LoggedEvents,
      Wakeup,
      Outbox,
      Carriage,
      Sweep,
      Relay,
      Health,
      RouteTable,
      PreferredWait,
    ];
    return {
      module: PlatformModule,
      imports: [CqrsModule.forRoot(), ScheduleModule.forRoot()],
      controllers: [ObservabilityController, ProblemPagesController],
      providers,
      exports: [CqrsModule, ScheduleModule, ...providers.map((provider) => ('provide' in provider ? provider.provide : provider))],
    };
  }
}
