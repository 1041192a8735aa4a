import { Module } from '@nestjs/common';
import './scopes.js';
import { OperationsController } from './api/operations.controller.js';
import { TimelineController } from './api/timeline.controller.js';
import { Integrity } from './application/integrity.js';
import { ResolveDeadLetterHandler } from './application/resolve-dead-letter.js';
import { Timelines } from './application/timeline.js';
import { HousekeepingSchedule } from './infrastructure/housekeeping-schedule.js';
import { SqlIntegrity } from './infrastructure/sql-integrity.js';
import { SqlTimelines } from './infrastructure/timelines.sql.js';
import { OperationsMetrics } from './metrics.js';

@Module({
  controllers: [OperationsController, TimelineController],
  providers: [
    OperationsMetrics,
    ResolveDeadLetterHandler,
    HousekeepingSchedule,
    { provide: Integrity, useClass: SqlIntegrity },
    { provide: Timelines, useClass: SqlTimelines },
  ],
})
export class OperationsModule {}
