import { Injectable } from '@nestjs/common';
import { Metrics } from '#platform/telemetry/metrics.js';
import { ReconciliationMetrics } from '../application/reconciliations.js';
import type { Difference, DifferenceClass } from '../domain/reconciliation.js';

@Injectable()
export class PrometheusReconciliationMetrics extends ReconciliationMetrics {
  constructor(private readonly metrics: Metrics) {
    super();
  }

  override difference(found: DifferenceClass, outcome: Difference['outcome']): void {
    this.metrics.reconciliationDifferences.inc({ class: found, outcome });
  }
}
