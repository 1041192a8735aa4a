import { Injectable } from '@nestjs/common';
import { Metrics } from '#platform/telemetry/metrics.js';
import { NoticeMetrics, type NoticeState } from '../application/messages.js';

@Injectable()
export class PrometheusNoticeMetrics extends NoticeMetrics {
  constructor(private readonly metrics: Metrics) {
    super();
  }

  override settled(provider: string, status: NoticeState, lagSeconds: number): void {
    this.metrics.noticesSettled.inc({ provider, status });
    this.metrics.noticeLag.observe({ provider }, lagSeconds);
  }
}
