import { Injectable } from '@nestjs/common';
import { Log } from '#platform/telemetry/log.js';
import { Metrics } from '#platform/telemetry/metrics.js';
import { DeliveryMetrics } from '../application/delivery-metrics.js';
import type { AttemptOutcome, Endpoint } from '../domain/endpoint.js';

@Injectable()
export class PrometheusDeliveryMetrics extends DeliveryMetrics {
  constructor(
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {
    super();
  }

  override attempted(outcome: AttemptOutcome, durationMs: number, lagMs: number | null): void {
    this.metrics.webhookAttemptSeconds.observe({ outcome }, durationMs / 1000);
    if (lagMs !== null) this.metrics.webhookLag.observe(lagMs / 1000);
  }

  override disabled({ id, disabledReason }: Endpoint): void {
    this.metrics.webhookEndpointsDisabled.inc({ reason: disabledReason! });
    this.log.warn({ endpointId: id, reason: disabledReason }, 'A webhook endpoint was disabled');
  }
}
