import { Injectable } from '@nestjs/common';
import { Telemetry, type Counter, type Gauge, type Histogram } from '#ports/telemetry.js';

/** What is counted about payments, their provider, and reconciliation. */
@Injectable()
export class PaymentMetrics {
  private readonly settledPayments: Counter<'status'>;
  private readonly discrepancies: Counter<'class' | 'outcome'>;
  private readonly calls: Histogram<'operation' | 'outcome'>;
  private readonly retries: Counter<'operation'>;
  private readonly breakerOpen: Gauge;
  private readonly batchSize: Histogram;

  constructor(telemetry: Telemetry) {
    this.settledPayments = telemetry.counter<'status'>({
      name: 'payments_settled_total',
      help: 'States told by the payment provider that changed a payment, by resulting status',
      labels: ['status'],
    });
    this.discrepancies = telemetry.counter<'class' | 'outcome'>({
      name: 'reconciliation_differences_total',
      help: 'Discrepancies between our books and the provider’s that reconciliation found, by class and outcome',
      labels: ['class', 'outcome'],
    });
    this.calls = telemetry.histogram<'operation' | 'outcome'>({
      name: 'payment_provider_call_duration_seconds',
      help: 'Time of one attempt to reach the payment provider, by operation and outcome',
      labels: ['operation', 'outcome'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    });
    this.retries = telemetry.counter<'operation'>({
      name: 'payment_provider_retries_total',
      help: 'Calls to the payment provider that were repeated, by operation',
      labels: ['operation'],
    });
    this.breakerOpen = telemetry.gauge({
      name: 'payment_provider_breaker_open',
      help: '1 while the circuit breaker keeps calls from the payment provider, 0.5 while it lets one through to see',
    });
    this.batchSize = telemetry.histogram({
      name: 'payment_batch_size',
      help: 'Payments and confirmations accepted per transaction',
      buckets: [1, 2, 4, 8, 16, 32, 64],
    });
  }

  batch(size: number): void {
    this.batchSize.observe(size);
  }

  settled(status: string): void {
    this.settledPayments.inc({ status });
  }

  discrepancy(found: string, outcome: string): void {
    this.discrepancies.inc({ class: found, outcome });
  }

  called(operation: string, outcome: string, seconds: number): void {
    this.calls.observe(seconds, { operation, outcome });
  }

  retried(operation: string): void {
    this.retries.inc({ operation });
  }

  breaker(state: 'closed' | 'half-open' | 'open'): void {
    this.breakerOpen.set(state === 'closed' ? 0 : state === 'half-open' ? 0.5 : 1);
  }
}
