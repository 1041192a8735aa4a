import type { Tx } from './tx.js';
import { inOrder } from './ordered.js';

/** Something that is removed when it has been kept long enough. */
export interface HousekeepingTask {
  readonly name: string;
  /** Removes at most so many. @returns how many there were; as many as allowed when there may be more */
  run(tx: Tx, now: Date, limit: number): Promise<number>;
}

/** Modules that keep what need not be kept for ever register here; the composition root says in which order they clean up. */
export class Housekeeping {
  private readonly registered: HousekeepingTask[] = [];

  /** @param order the names of all tasks */
  constructor(private readonly order: readonly string[]) {}

  register(...tasks: readonly HousekeepingTask[]): void {
    this.registered.push(...tasks);
  }

  get tasks(): readonly HousekeepingTask[] {
    return inOrder('housekeeping tasks', this.registered, this.order);
  }
}
