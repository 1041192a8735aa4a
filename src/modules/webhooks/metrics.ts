import { Injectable } from '@nestjs/common';
import { Telemetry, type Counter, type Histogram } from '#ports/telemetry.js';
import type { AttemptOutcome, Endpoint } from './domain/endpoint.js';

/** What is counted about deliveries to endpoints. */
@Injectable()
export class WebhookMetrics {
  private readonly attempts: Histogram<'outcome'>;
  private readonly lag: Histogram;
  private readonly endpointsDisabled: Counter<'reason'>;

  constructor(telemetry: Telemetry) {
    this.attempts = telemetry.histogram<'outcome'>({
      name: 'webhook_attempt_duration_seconds',
      help: 'Time of one attempt to deliver an event to a merchant’s endpoint, by outcome',
      labels: ['outcome'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    });
    this.lag = telemetry.histogram({
      name: 'webhook_delivery_lag_seconds',
      help: 'Time from an event to its delivery',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 21600, 86400],
    });
    this.endpointsDisabled = telemetry.counter<'reason'>({
      name: 'webhook_endpoints_disabled_total',
      help: 'Endpoints that were disabled because they were gone or did nothing but fail',
      labels: ['reason'],
    });
  }

  /** @param lagMs from the event to its delivery; null when it was not delivered */
  attempted(outcome: AttemptOutcome, durationMs: number, lagMs: number | null): void {
    this.attempts.observe(durationMs / 1000, { outcome });
    if (lagMs !== null) this.lag.observe(lagMs / 1000);
  }

  disabled({ disabledReason }: Endpoint): void {
    this.endpointsDisabled.inc({ reason: disabledReason! });
  }
}
