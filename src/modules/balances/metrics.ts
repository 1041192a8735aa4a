import { Injectable } from '@nestjs/common';
import { Telemetry, type Histogram } from '#ports/telemetry.js';

/** What is counted about balances and the external balance service. */
@Injectable()
export class BalanceMetrics {
  private readonly calls: Histogram<'operation' | 'outcome'>;
  private readonly batchSize: Histogram;

  constructor(telemetry: Telemetry) {
    this.calls = telemetry.histogram<'operation' | 'outcome'>({
      name: 'balance_service_call_duration_seconds',
      help: 'Time of one attempt to reach the external balance service, by operation and outcome',
      labels: ['operation', 'outcome'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    });
    this.batchSize = telemetry.histogram({
      name: 'balance_batch_size',
      help: 'Deposits and withdrawals per transaction',
      buckets: [1, 2, 4, 8, 16, 32, 64],
    });
  }

  batch(size: number): void {
    this.batchSize.observe(size);
  }

  called(operation: string, outcome: string, seconds: number): void {
    this.calls.observe(seconds, { operation, outcome });
  }
}
