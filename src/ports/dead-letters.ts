import type { Tx } from './tx.js';

export interface QueueState {
  readonly pending: number;
  readonly due: number;
  readonly oldestDueSeconds: number;
}

export interface OutboxState extends QueueState {
  /** Reactions that were given up. */
  readonly dead: number;
  /** Of them, what waits for recipients outside. */
  readonly deliveries: QueueState;
}

/** A reaction that was given up, with the event that it was to react to. */
export interface DeadLetter {
  readonly id: string;
  readonly subscriber: string;
  readonly attempts: number;
  readonly lastError: string;
  readonly diedAt: Date;
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly subjectType: string;
    readonly subjectId: string;
    readonly requestId: string | null;
  };
}

/** What is still to be done, and what was given up. */
export abstract class Queue {
  /** `due` and `oldestDueSeconds` speak of our own reactions only: recipients outside may be gone for days. */
  abstract state(): Promise<OutboxState>;
  /** Newest first, one more than the limit when there is more. */
  abstract deadLetters(afterId: string | null, limit: number): Promise<DeadLetter[]>;
  /** Locks a dead letter; null when another request was faster. */
  abstract lockDeadLetter(tx: Tx, id: string): Promise<DeadLetter | null>;
  /** Puts a locked dead letter back into the queue, to be tried from the beginning. */
  abstract revive(tx: Tx, letter: DeadLetter): Promise<void>;
  abstract discard(tx: Tx, letter: DeadLetter): Promise<void>;
}
