import type { ClaimedRow } from './outbox.sql.js';

/** A queue whose rows a runner can take on. */
export interface ClaimableQueue {
  /** Today's id; under it the rows that are being worked on are counted. */
  readonly id: string;
  /** Ids under which its rows were stored before a rename. */
  readonly formerIds: readonly string[];
  /** How many rows may be claimed now. */
  readonly slots: number;
  /** Whether only rows under former ids are claimed: the others are taken in another way. */
  readonly formerOnly?: boolean;
}

/** How many rows of a queue are being worked on. */
export type BusyCount = (queueId: string) => number;

/** What a runner reports to the one that claimed the rows. */
export interface Progress {
  /** The row's slot is free; until the row is settled its claim is still renewed. */
  answered(row: ClaimedRow): void;
  /** This claim does nothing more with the row. */
  settled(row: ClaimedRow): void;
}

/** Works on claimed rows of one kind of consumers. It knows nothing of how rows are claimed. */
export interface Runner {
  /** Asked before each claim, so it answers from memory. */
  queues(busy: BusyCount): Iterable<ClaimableQueue>;
  /** Resolves when every row is settled. Never rejects: a row that cannot be settled comes back when its lease ends. */
  run(rows: readonly ClaimedRow[], progress: Progress): Promise<void>;
}

/** Thrown when a row was claimed again, or put back, while its consumer was working: its effect is rolled back. */
export class Overtaken extends Error {}
