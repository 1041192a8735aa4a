import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '#kernel/clock.js';
import { Unavailable } from '#kernel/errors.js';
import { Housekeeping, type HousekeepingTask } from '#ports/retention.js';
import { Transactions } from '#ports/tx.js';
import { Log } from '#platform/telemetry/log.js';
import { Settings } from '#platform/settings/settings.js';
import { OperationsSettings } from '../settings.js';
import { OperationsMetrics } from '../metrics.js';

const NAME = 'housekeeping';
const BATCH = 1_000;
/** What one round does not finish, the next goes on with. */
const MAX_BATCHES = 200;
const PAUSE_MS = 20;

/** Removes what has been kept long enough, every HOUSEKEEPING_INTERVAL seconds, in small transactions. */
@Injectable()
export class HousekeepingSchedule implements OnApplicationBootstrap, OnApplicationShutdown {
  private isOver = false;
  private round: Promise<void> | null = null;

  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly transactions: Transactions,
    private readonly scheduler: SchedulerRegistry,
    private readonly process: Settings,
    private readonly settings: OperationsSettings,
    private readonly clock: Clock,
    private readonly metrics: OperationsMetrics,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    const { housekeepingInterval: seconds } = this.settings;
    if (this.process.role === 'api' || seconds === 0) return;
    this.scheduler.addInterval(
      NAME,
      setInterval(() => void this.run(), seconds * 1000),
    );
  }

  onApplicationShutdown(): void {
    this.isOver = true;
  }

  /** One round; who asks while one is under way waits for that one. */
  run(): Promise<void> {
    this.round ??= this.goRound().finally(() => (this.round = null));
    return this.round;
  }

  private async goRound(): Promise<void> {
    for (const task of this.housekeeping.tasks) {
      try {
        await this.do(task);
      } catch (error) {
        if (!(error instanceof Unavailable))
          this.log.error({ err: error, task: task.name }, 'A task failed; the next round tries it again');
      }
    }
  }

  private async do(task: HousekeepingTask): Promise<void> {
    let removed = 0;
    for (let batch = 0; batch < MAX_BATCHES && !this.isOver; batch++) {
      const now = this.clock.now();
      const count = await this.transactions.run((tx) => task.run(tx, now, BATCH));
      removed += count;
      if (count < BATCH) break;
      await sleep(PAUSE_MS);
    }
    if (removed === 0) return;
    this.metrics.removed(task.name, removed);
    this.log.info({ task: task.name, removed }, 'housekeeping');
  }
}
