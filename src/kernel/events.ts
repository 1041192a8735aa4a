import type { JsonObject } from './json.js';
import type { Tx } from './tx.js';

/** What an event is about; sequences count per subject. */
export interface Subject {
  readonly type: string;
  /** A UUID. */
  readonly id: string;
}

/** Something that happened, as the business tells it. Names are past tense and dotted. */
export interface NewEvent<Type extends string = string> {
  readonly type: Type;
  readonly subject: Subject;
  readonly data: JsonObject;
}

/** Why it happened: the request that asked for it and, for a reaction, the event it reacts to. */
export interface Cause {
  readonly requestId: string | null;
  /** Id of the event that caused this one. */
  readonly causedBy: string | null;
}

export const noCause: Cause = { requestId: null, causedBy: null };

export interface RecordedEvent<Type extends string = string> extends NewEvent<Type> {
  readonly id: string;
  /** 1, 2, 3 ... per subject, without gaps. */
  readonly sequence: number;
  readonly occurredAt: Date;
  readonly requestId: string | null;
  readonly causedBy: string | null;
}

/** Why a reaction to this event does what it does. */
export function causeOf({ requestId, id }: RecordedEvent): Cause {
  return { requestId, causedBy: id };
}

/** The append-only log of what happened. Appending also queues the reactions, in the same transaction. */
export abstract class EventLog {
  /**
   * Appends events and one outbox row per subscriber. The caller holds the lock of each subject's row (or has just made
   * it), which is what keeps the sequences free of gaps; a unique constraint catches who does not.
   */
  abstract append(tx: Tx, events: readonly NewEvent[], cause: Cause): Promise<void>;

  /** As append, for events with causes of their own. */
  abstract appendAll(tx: Tx, events: readonly (NewEvent & { readonly cause: Cause })[]): Promise<void>;

  /** As append, for subjects that this very transaction has made: each event is its subject's first. */
  abstract appendFirst(tx: Tx, events: readonly (NewEvent & { readonly cause: Cause })[]): Promise<void>;
}

/**
 * A reaction that WRITES: its effect and the removal of its outbox row commit together, so it takes effect exactly once.
 * It touches nothing outside the database.
 */
export abstract class Subscriber {
  abstract react(tx: Tx, event: RecordedEvent): Promise<void>;

  /** Called in the transaction that moves the row to the dead letters; by default a dead letter changes nothing else. */
  async gaveUp(_tx: Tx, _event: RecordedEvent, _error: string): Promise<void> {}
}

/**
 * A reaction that TELLS the outside world: runs outside any transaction, at least once, with the event id as the
 * receiver's idempotency key. What it heard is recorded in the transaction that removes the outbox row.
 */
export abstract class Sender<Heard = unknown> {
  /** @param attempt 1 for the first */
  abstract tell(event: RecordedEvent, attempt: number): Promise<Heard>;
  abstract record(tx: Tx, event: RecordedEvent, heard: Heard): Promise<void>;

  /** Called in the transaction that moves the row to the dead letters; by default a dead letter changes nothing else. */
  async gaveUp(_tx: Tx, _event: RecordedEvent, _error: string): Promise<void> {}
}

/** Thrown by a reaction whose time has not come (e.g. a notice before its order): retried quietly, not logged as a fault. */
export class NotYet extends Error {}

/** Thrown by a reaction that knows better than the subscription table when to try again; null: never, a person must look. */
export class RetryIn extends Error {
  constructor(
    message: string,
    readonly seconds: number | null,
    /** Whether what was tried counts as an attempt. */
    readonly counts = true,
  ) {
    super(message);
  }
}
