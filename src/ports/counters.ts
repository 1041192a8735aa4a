import type { Tx } from './tx.js';

export interface CountedWindow {
  readonly count: number;
  /** Until the window ends, at least 1. */
  readonly resetSeconds: number;
}

/**
 * Counts by key in windows of time that every process shares: what limits guesses and abuse must not multiply with the
 * processes. Keys are stored as hashes, since they name people and addresses.
 */
export abstract class Counters {
  /** Counts once; the first count begins the window. In a transaction it counts when that commits. @returns this count included */
  abstract count(key: string, windowSeconds: number, tx?: Tx): Promise<CountedWindow>;
  /** The windows of keys, in their order; null where none is open. */
  abstract read(keys: readonly string[], tx?: Tx): Promise<(CountedWindow | null)[]>;
  /** Reads for a batch: every read of these keys in this transaction is answered from here, until one of them is counted. */
  abstract readAhead(keys: readonly string[], tx: Tx): Promise<void>;
  /** Takes one count back. */
  abstract takeBack(keys: readonly string[]): Promise<void>;
  abstract forget(keys: readonly string[]): Promise<void>;
}
