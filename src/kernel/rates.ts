import { BoundedMap } from './bounded-map.js';

const MAX_ENTRIES = 50_000;

export interface Taken {
  readonly isOver: boolean;
  /** Until one more is allowed; 0 when it was. */
  readonly retryAfterMs: number;
}

/**
 * Counts by key at an even rate, with a burst (the generic cell rate algorithm, ITU-T I.371): a window that begins anew would
 * let everything through at once. In bounded memory of this process; the key that was used longest ago goes first.
 */
export class Rates {
  /** When each key will have made up for what it took, in milliseconds since 1970. */
  private readonly paidAt = new BoundedMap<string, number>(MAX_ENTRIES);
  private readonly intervalMs: number;
  private readonly toleranceMs: number;

  /** @param burst how many may come at once */
  constructor(requests: number, seconds: number, burst: number) {
    this.intervalMs = (seconds * 1000) / requests;
    this.toleranceMs = this.intervalMs * burst;
  }

  take(key: string, now: number): Taken {
    const paidAt = Math.max(this.paidAt.get(key) ?? 0, now) + this.intervalMs;
    const early = paidAt - this.toleranceMs - now;
    if (early > 0) return { isOver: true, retryAfterMs: early };
    this.paidAt.set(key, paidAt);
    return { isOver: false, retryAfterMs: 0 };
  }
}
