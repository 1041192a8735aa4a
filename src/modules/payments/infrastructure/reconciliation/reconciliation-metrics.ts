import { Injectable } from '@nestjs/common';
import { Metrics } from '#platform/telemetry/metrics.js';
import { ReconciliationMetrics } from '../../application/reconciliation/reconciliations.js';
import type { Discrepancy, DiscrepancyClass } from '../../domain/reconciliation.js';

@Injectable()
export class PrometheusReconciliationMetrics extends ReconciliationMetrics {
  constructor(private readonly metrics: Metrics) {
    super();
  }

  override settled(found: DiscrepancyClass, outcome: Discrepancy['outcome']): void {
    this.metrics.reconciliationDifferences.inc({ class: found, outcome });
  }
}
