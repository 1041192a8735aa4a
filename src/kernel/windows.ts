import { BoundedMap } from './bounded-map.js';

const MAX_ENTRIES = 50_000;

export interface Window {
  count: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Counts by key in fixed windows, in bounded memory of this process. The oldest window goes first. */
export class Windows {
  private readonly windows = new BoundedMap<string, Window>(MAX_ENTRIES);

  constructor(private readonly lengthMs: number) {}

  /** The window of a key as it is, without one that is over. */
  peek(key: string, now: number): Window | undefined {
    const window = this.windows.get(key);
    return window && window.until > now ? window : undefined;
  }

  /** Counts once. */
  add(key: string, now: number): Window {
    let window = this.peek(key, now);
    if (!window) {
      window = { count: 0, until: now + this.lengthMs };
      this.windows.set(key, window);
    }
    window.count++;
    return window;
  }
}
