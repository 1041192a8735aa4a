import * as prometheus from 'prom-client';
import {
  Telemetry,
  type Counter,
  type Gauge,
  type Histogram,
  type HistogramSpec,
  type MetricSpec,
} from '#ports/telemetry.js';

/** The program's numbers in Prometheus' terms. One registry per application, so that several can live in one process. */
export class Metrics extends Telemetry {
  readonly registry = new prometheus.Registry();

  readonly requestSeconds = this.histogram<'method' | 'route' | 'status'>({
    name: 'http_request_duration_seconds',
    help: 'Time from request to answer, by route template',
    labels: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  });
  readonly transactionRetries = this.counter({
    name: 'database_transaction_retries_total',
    help: 'Transactions that were repeated after a deadlock or serialization failure',
  });
  readonly reactionSeconds = this.histogram<'subscriber' | 'outcome'>({
    name: 'outbox_reaction_duration_seconds',
    help: 'Time a reaction took, by subscriber and outcome',
    labels: ['subscriber', 'outcome'],
    buckets: [0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60],
  });

  private collect = (): Promise<string> => this.registry.metrics();

  constructor() {
    super();
    prometheus.collectDefaultMetrics({ register: this.registry });
  }

  /** Everything that is measured, as Prometheus reads it. */
  text(): Promise<string> {
    return this.collect();
  }

  /** Where this is one of several processes: how the numbers of all of them are collected. */
  collectWith(collect: () => Promise<string>): void {
    this.collect = collect;
  }

  override counter<Label extends string = never>(spec: MetricSpec<Label>): Counter<Label> {
    const counter = new prometheus.Counter(this.configured(spec));
    return { inc: (labels, by = 1) => (labels ? counter.inc(labels, by) : counter.inc(by)) };
  }

  override gauge<Label extends string = never>(spec: MetricSpec<Label>): Gauge<Label> {
    const gauge = new prometheus.Gauge({ ...this.configured(spec), aggregator: 'max' });
    return { set: (value, labels) => (labels ? gauge.set(labels, value) : gauge.set(value)) };
  }

  override histogram<Label extends string = never>(spec: HistogramSpec<Label>): Histogram<Label> {
    const histogram = new prometheus.Histogram({ ...this.configured(spec), buckets: [...spec.buckets] });
    return {
      observe: (value, labels) => (labels ? histogram.observe(labels, value) : histogram.observe(value)),
      startTimer: (labels) => histogram.startTimer(labels),
    };
  }

  override observe(
    name: string,
    help: string,
    read: () => number | Promise<number>,
    ofAll: 'sum' | 'max' = 'sum',
  ): void {
    new prometheus.Gauge({
      name,
      help,
      aggregator: ofAll,
      registers: [this.registry],
      async collect() {
        this.set(await read());
      },
    });
  }

  private configured<Label extends string>({ name, help, labels = [] }: MetricSpec<Label>) {
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }
}
