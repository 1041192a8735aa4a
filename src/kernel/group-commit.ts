import { Busy, Unavailable } from './errors.js';

export interface GroupCommitOptions<Item, Result> {
  /**
   * Commits a batch in one transaction and returns one result per item, in order. It may be called again for items of
   * an aborted batch (`afterAbort`), even when the outcome of the first call is unknown, so it must be idempotent.
   */
  commit(batch: readonly Item[], afterAbort: boolean): Promise<readonly Result[]>;
  /** Largest batch. */
  maxBatch: number;
  /** How many batches may be under way at once. */
  lanes: number;
  /**
   * A lane besides the first is opened only for a whole batch, or when the first has been busy for so many milliseconds
   * (another transaction holds a lock that it needs). Fewer, larger batches cost less, and two lanes would only wait for each other
   * where all want the same row. Left out: every lane is opened at once.
   */
  spareLaneAfterMs?: number;
  /** How many items may wait; beyond it a submission is refused at once rather than queued for longer than anyone waits. */
  maxWaiting: number;
  /**
   * Whether an item may be tried again when the outcome of its batch is unknown; every item, when left out. One that may not is
   * rejected with Unavailable.
   */
  mayRepeat?(item: Item): boolean;
  /** How often an item is tried on its own after its batch was aborted; a batch of one was the first time. */
  maxSingleTries: number;
  onBatch?(size: number): void;
  /** A batch was rolled back and is tried again. */
  onAbort?(error: unknown): void;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Group commit, as databases do it with their log: what arrives while a transaction is under way is committed together
 * in the next one. There is no timer: a lone caller is a batch of one, and batches grow by themselves under load.
 * It knows nothing of what it commits.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  /** Open lanes, and since when each has been at its present batch. */
  private readonly lanes = new Set<{ since: number }>();
  private sparing: NodeJS.Timeout | null = null;
  /** Results that are on their way to their callers. */
  private settling = 0;
  private stopped = false;
  private idle: (() => void)[] = [];

  constructor(private readonly options: GroupCommitOptions<Item, Result>) {}

  /** @throws Unavailable when too many wait already or the queue has been stopped */
  submit(item: Item): Promise<Result> {
    if (this.stopped) return Promise.reject(new Unavailable('The server is shutting down.'));
    if (this.waiting.length >= this.options.maxWaiting) {
      return Promise.reject(new Unavailable('Too many requests are waiting to be committed.'));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.open();
    });
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  /** Refuses new items and resolves when all accepted ones are settled. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (!this.isIdle) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private open(): void {
    const { lanes, maxBatch, spareLaneAfterMs } = this.options;
    if (this.lanes.size >= lanes || this.waiting.length === 0) return;
    const isSpare = this.lanes.size > 0 && spareLaneAfterMs !== undefined;
    if (isSpare && this.waiting.length < maxBatch && !this.isHeldUp()) {
      this.sparing ??= setTimeout(() => {
        this.sparing = null;
        this.open();
      }, spareLaneAfterMs).unref();
      return;
    }
    const lane = { since: performance.now() };
    this.lanes.add(lane);
    // A microtask later everything that was submitted in the same turn of the event loop is in the same batch.
    queueMicrotask(() => void this.runLane(lane));
  }

  /** Whether every open lane has been at its batch for too long. */
  private isHeldUp(except?: { since: number }): boolean {
    const limit = performance.now() - (this.options.spareLaneAfterMs ?? 0);
    return [...this.lanes].every((lane) => lane === except || lane.since <= limit);
  }

  private async runLane(lane: { since: number }): Promise<void> {
    while (this.waiting.length > 0) {
      lane.since = performance.now();
      const batch = this.waiting.splice(0, this.options.maxBatch);
      this.options.onBatch?.(batch.length);
      await this.commitBatch(batch);
      if (this.isDispensable(lane)) break;
    }
    this.lanes.delete(lane);
    this.noteIdle();
  }

  private get isIdle(): boolean {
    return this.lanes.size === 0 && this.waiting.length === 0 && this.settling === 0;
  }

  private noteIdle(): void {
    if (this.isIdle) for (const resolve of this.idle.splice(0)) resolve();
  }

  /** A spare lane goes when the others get along without it. */
  private isDispensable(lane: { since: number }): boolean {
    const { maxBatch, spareLaneAfterMs } = this.options;
    return (
      spareLaneAfterMs !== undefined && this.lanes.size > 1 && this.waiting.length < maxBatch && !this.isHeldUp(lane)
    );
  }

  private async commitBatch(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      return this.settle(batch, await this.options.commit(items(batch), false));
    } catch (error) {
      this.options.onAbort?.(error);
      if (!(error instanceof Unavailable)) return this.commitSingly(batch, error);
      for (const waiting of batch) if (!this.mayRepeat(waiting)) waiting.reject(error);
    }
    return this.commitAgain(batch.filter((waiting) => this.mayRepeat(waiting)));
  }

  /** The database went away. That is no member's fault: the batch is tried once more as a whole. */
  private async commitAgain(batch: Waiting<Item, Result>[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      this.settle(batch, await this.options.commit(items(batch), true));
    } catch (error) {
      if (!(error instanceof Unavailable)) return this.commitSingly(batch, error);
      for (const waiting of batch) waiting.reject(error);
    }
  }

  private mayRepeat({ item }: Waiting<Item, Result>): boolean {
    return this.options.mayRepeat?.(item) ?? true;
  }

  /** One bad item must not fail its neighbours: each is tried on its own. */
  private async commitSingly(batch: Waiting<Item, Result>[], fault: unknown): Promise<void> {
    const { maxSingleTries } = this.options;
    if (batch.length === 1 && maxSingleTries === 1) return batch[0]!.reject(fault);
    for (const waiting of batch) {
      for (let tries = 1; ; tries++) {
        try {
          this.settle([waiting], await this.options.commit([waiting.item], true));
          break;
        } catch (error) {
          const isUnknown = error instanceof Unavailable && !this.mayRepeat(waiting);
          if (tries < maxSingleTries && !(error instanceof Busy) && !isUnknown) continue;
          waiting.reject(error);
          break;
        }
      }
    }
  }

  private settle(batch: Waiting<Item, Result>[], results: readonly Result[]): void {
    if (results.length !== batch.length)
      throw new Error('A batch answered with another number of results than it has items');
    const answer = () => batch.forEach((waiting, i) => waiting.resolve(results[i]!));
    if (this.waiting.length === 0) return answer();
    // The next batch leaves for the database first; these callers are answered while it is under way.
    this.settling++;
    setImmediate(() => {
      answer();
      this.settling--;
      this.noteIdle();
    });
  }
}

function items<Item>(batch: readonly { item: Item }[]): Item[] {
  return batch.map((waiting) => waiting.item);
}
