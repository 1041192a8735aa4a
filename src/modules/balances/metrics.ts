import { Injectable } from '@nestjs/common';
import { Telemetry, type Histogram } from '#ports/telemetry.js';

/** What is counted about the external balance service. */
@Injectable()
export class BalanceMetrics {
  private readonly calls: Histogram<'operation' | 'outcome'>;

  constructor(telemetry: Telemetry) {
    this.calls = telemetry.histogram<'operation' | 'outcome'>({
      name: 'balance_service_call_duration_seconds',
      help: 'Time of one attempt to reach the external balance service, by operation and outcome',
      labels: ['operation', 'outcome'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    });
  }

  called(operation: string, outcome: string, seconds: number): void {
    this.calls.observe(seconds, { operation, outcome });
  }
}
