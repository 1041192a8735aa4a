import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Interval } from '@nestjs/schedule';
import { Unavailable } from '#kernel/errors.js';
import { Log } from '#platform/telemetry/log.js';
import { Settings } from '#platform/settings/settings.js';
import { ExpireOrders } from '../application/expire-orders.js';

const BATCH = 100;

/** Expires unpaid orders every second, in batches until nothing is due, one run at a time. Not on an API-only process. */
@Injectable()
export class ExpirySchedule {
  private running = false;

  constructor(
    private readonly commands: CommandBus,
    private readonly settings: Settings,
    private readonly log: Log,
  ) {}

  @Interval('expire-orders', 1000)
  async run(): Promise<void> {
    if (this.running || this.settings.role === 'api') return;
    this.running = true;
    try {
      while ((await this.commands.execute<ExpireOrders, number>(new ExpireOrders(BATCH))) === BATCH);
    } catch (error) {
      if (!(error instanceof Unavailable))
        this.log.error({ err: error }, 'Expiring unpaid orders failed and will be repeated');
    } finally {
      this.running = false;
    }
  }
}
