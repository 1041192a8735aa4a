import { Injectable } from '@nestjs/common';
import { Telemetry, type Counter, type Histogram } from '#ports/telemetry.js';

/** What is counted about placing orders. */
@Injectable()
export class OrderMetrics {
  private readonly batchSize: Histogram;
  private readonly batchAborts: Counter;
  private readonly placed: Counter<'outcome'>;

  constructor(private readonly telemetry: Telemetry) {
    this.batchSize = telemetry.histogram({
      name: 'group_commit_batch_size',
      help: 'Orders placed per transaction',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    });
    this.batchAborts = telemetry.counter({
      name: 'group_commit_aborts_total',
      help: 'Batches of orders that were rolled back and tried again: a constraint or a lost connection had to step in',
    });
    this.placed = telemetry.counter<'outcome'>({
      name: 'orders_placed_total',
      help: 'Orders placed, and refusals by problem code',
      labels: ['outcome'],
    });
  }

  batch(size: number): void {
    this.batchSize.observe(size);
  }

  aborted(): void {
    this.batchAborts.inc();
  }

  outcome(code: string): void {
    this.placed.inc({ outcome: code });
  }

  waiting(read: () => number): void {
    this.telemetry.observe('group_commit_waiting', 'Orders waiting for the next transaction', read);
  }
}
