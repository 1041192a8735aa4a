import type { Tx } from './tx.js';

/** Something that is removed when it has been kept long enough. */
export interface HousekeepingTask {
  readonly name: string;
  /** Removes at most so many. @returns how many there were; as many as allowed when there may be more */
  run(tx: Tx, now: Date, limit: number): Promise<number>;
}

/** Every module that keeps what need not be kept for ever registers here. */
export class Housekeeping {
  private readonly registered: HousekeepingTask[] = [];

  register(...tasks: readonly HousekeepingTask[]): void {
    this.registered.push(...tasks);
  }

  get tasks(): readonly HousekeepingTask[] {
    return this.registered;
  }
}
