/** What a metric is, in Prometheus' terms. Names end in their unit or in `_total`. */
export interface MetricSpec<Label extends string = never> {
  readonly name: string;
  readonly help: string;
  /** Few values each: a label never holds an id or an address. */
  readonly labels?: readonly Label[];
}

export interface HistogramSpec<Label extends string = never> extends MetricSpec<Label> {
  readonly buckets: readonly number[];
}

type Labels<Label extends string> = Readonly<Record<Label, string | number>>;

export interface Counter<Label extends string = never> {
  inc(labels?: Labels<Label>, by?: number): void;
}

export interface Gauge<Label extends string = never> {
  set(value: number, labels?: Labels<Label>): void;
}

export interface Histogram<Label extends string = never> {
  observe(value: number, labels?: Labels<Label>): void;
  /** Begins to measure; the function that it returns observes the seconds since. */
  startTimer(labels?: Partial<Labels<Label>>): (labels?: Partial<Labels<Label>>) => void;
}

/**
 * Where modules count what they do. A module declares its metrics in its `metrics.ts`; a name is declared once per
 * application.
 */
export abstract class Telemetry {
  abstract counter<Label extends string = never>(spec: MetricSpec<Label>): Counter<Label>;
  abstract gauge<Label extends string = never>(spec: MetricSpec<Label>): Gauge<Label>;
  abstract histogram<Label extends string = never>(spec: HistogramSpec<Label>): Histogram<Label>;
  /**
   * A gauge whose value is read when it is scraped.
   * @param ofAll what several processes have together: the sum of what each has (default), or the largest where all look at one thing
   */
  abstract observe(name: string, help: string, read: () => number | Promise<number>, ofAll?: 'sum' | 'max'): void;
}
