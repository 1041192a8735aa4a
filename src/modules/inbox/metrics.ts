import { Injectable } from '@nestjs/common';
import { Telemetry, type Counter, type Histogram } from '#ports/telemetry.js';

/** What is counted about inbound messages. */
@Injectable()
export class InboxMetrics {
  private readonly lag: Histogram<'source'>;
  private readonly messages: Counter<'source' | 'status'>;

  constructor(telemetry: Telemetry) {
    this.lag = telemetry.histogram<'source'>({
      name: 'inbox_message_lag_seconds',
      help: 'Time from what a source says happened to its effect here, by source',
      labels: ['source'],
      buckets: [0.1, 0.5, 1, 2, 5, 15, 60, 300, 3600],
    });
    this.messages = telemetry.counter<'source' | 'status'>({
      name: 'inbox_messages_total',
      help: 'Inbound messages by what became of them',
      labels: ['source', 'status'],
    });
  }

  /** @param lagSeconds from what the source says happened to its effect here */
  settled(source: string, status: string, lagSeconds: number): void {
    this.messages.inc({ source, status });
    this.lag.observe(lagSeconds, { source });
  }
}
