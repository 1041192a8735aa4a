import { Injectable } from '@nestjs/common';
import { Metrics } from '#platform/telemetry/metrics.js';
import { PaymentMetrics } from '../../application/payment/apply-provider-state.js';
import type { PaymentState } from '../../domain/payment.js';

@Injectable()
export class PrometheusPaymentMetrics extends PaymentMetrics {
  constructor(private readonly metrics: Metrics) {
    super();
  }

  override settled(status: PaymentState): void {
    this.metrics.paymentsSettled.inc({ status });
  }
}
