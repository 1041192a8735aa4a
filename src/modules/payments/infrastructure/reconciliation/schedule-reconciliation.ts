import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Interval } from '@nestjs/schedule';
import { Transactions } from '#ports/tx.js';
import { Clock } from '#kernel/clock.js';
import { Unavailable } from '#kernel/errors.js';
import { Log } from '#platform/telemetry/log.js';
import { Settings } from '#platform/settings/settings.js';
import { PaymentSettings } from '../../settings.js';
import { ScheduleReconciliation } from '../../application/reconciliation/request-reconciliation.js';

/** News that is this fresh may still be on its way. */
const SETTLING_MS = 120_000;

/**
 * Has the books compared once per interval, on whichever process comes first. Each window reaches back over the one
 * before it, so that what was on its way then is looked at again; what takes longer is found among the overdue.
 */
@Injectable()
export class ReconciliationSchedule {
  constructor(
    private readonly transactions: Transactions,
    private readonly commands: CommandBus,
    private readonly process: Settings,
    private readonly settings: PaymentSettings,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  @Interval('reconcile', 30_000)
  async run(): Promise<void> {
    const { reconciliationInterval: seconds } = this.settings;
    if (this.process.role === 'api' || seconds === 0) return;
    const now = this.clock.now().getTime();
    const to = now - SETTLING_MS;
    try {
      const window = { from: new Date(to - 2 * seconds * 1000), to: new Date(to) };
      const slot = Math.floor(now / 1000 / seconds);
      await this.transactions.run((tx) => this.commands.execute(new ScheduleReconciliation(tx, window, slot)));
    } catch (error) {
      if (!(error instanceof Unavailable))
        this.log.error({ err: error }, 'A reconciliation could not be begun and will be tried again');
    }
  }
}
