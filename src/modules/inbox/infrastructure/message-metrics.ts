import { Injectable } from '@nestjs/common';
import { Metrics } from '#platform/telemetry/metrics.js';
import { MessageMetrics, type MessageState } from '../application/messages.js';

@Injectable()
export class PrometheusMessageMetrics extends MessageMetrics {
  constructor(private readonly metrics: Metrics) {
    super();
  }

  override settled(source: string, status: MessageState, lagSeconds: number): void {
    this.metrics.messagesSettled.inc({ source, status });
    this.metrics.messageLag.observe({ source }, lagSeconds);
  }
}
