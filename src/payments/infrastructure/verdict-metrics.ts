import { Injectable } from '@nestjs/common';
import { Metrics } from '#platform/observability/metrics.js';
import { VerdictMetrics } from '../application/apply-verdict.js';
import type { PaymentState } from '../domain/payment.js';

@Injectable()
export class PrometheusVerdictMetrics extends VerdictMetrics {
  constructor(private readonly metrics: Metrics) {
    super();
  }

  override settled(status: PaymentState): void {
    this.metrics.paymentsSettled.inc({ status });
  }
}
