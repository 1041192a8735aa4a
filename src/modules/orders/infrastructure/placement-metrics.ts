import { Injectable } from '@nestjs/common';
import { Metrics } from '#platform/telemetry/metrics.js';
import { PlacementMetrics } from '../application/orders.js';

@Injectable()
export class PrometheusPlacementMetrics extends PlacementMetrics {
  constructor(private readonly metrics: Metrics) {
    super();
  }

  override batch(size: number): void {
    this.metrics.batchSize.observe(size);
  }

  override aborted(): void {
    this.metrics.batchAborts.inc();
  }

  override outcome(code: string): void {
    this.metrics.ordersPlaced.inc({ outcome: code });
  }

  override waiting(read: () => number): void {
    this.metrics.observe('group_commit_waiting', 'Orders waiting for the next transaction', read);
  }
}
