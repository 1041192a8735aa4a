import type { JsonObject } from '#kernel/json.js';
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
   * @returns their ids
   */
  abstract append(tx: Tx, events: readonly NewEvent[], cause: Cause): Promise<string[]>;

  /** As append, for events with causes of their own. */
  abstract appendAll(tx: Tx, events: readonly (NewEvent & { readonly cause: Cause })[]): Promise<string[]>;

  /** As append, for subjects that this very transaction has made: each event is its subject's first. */
  abstract appendFirst(tx: Tx, events: readonly (NewEvent & { readonly cause: Cause })[]): Promise<void>;
}

export interface EventFilter {
  readonly type?: string;
  readonly subjectId?: string;
  /** Types of subjects whose events are not for this reader. */
  readonly hiddenSubjects: readonly string[];
}

/** The log as its readers see it. */
export abstract class EventHistory {
  /** Newest first, one more than the limit when there is more. */
  abstract list(filter: EventFilter, afterId: string | null, limit: number): Promise<RecordedEvent[]>;
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

/**
 * As Subscriber, for many events in one transaction. Since events of any subjects meet in it, it locks nothing that was
 * there before; an event that makes it fail is tried again alone.
 */
export abstract class BulkSubscriber {
  abstract reactAll(tx: Tx, events: readonly RecordedEvent[]): Promise<void>;
}

/** What becomes of a message after an attempt to hand it over. */
export type Next =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly seconds: number; readonly error: string; /** Whether it was an attempt at all. */ readonly counts: boolean }
  | { readonly kind: 'hopeless'; readonly error: string };

/** An attempt to hand an event over to one recipient. */
export interface Handed<Heard> {
  readonly event: RecordedEvent;
  readonly recipient: string;
  readonly heard: Heard;
  readonly next: Next;
}

/**
 * A reaction that TELLS many recipients, each with a queue of its own, so that one who is slow or gone never keeps the
 * others waiting. Runs outside any transaction, at least once; what was heard is recorded in the transaction that removes
 * or postpones the rows.
 */
export abstract class Courier<Heard = unknown> {
  /** Who may be told at the moment, and how many events at once. Asked before each claim, so it answers from memory. */
  abstract recipients(): Iterable<readonly [recipient: string, slots: number]>;
  /** @param attempt 1 for the first */
  abstract tell(event: RecordedEvent, recipient: string, attempt: number): Promise<{ heard: Heard; next: Next }>;
  abstract record(tx: Tx, handed: readonly Handed<Heard>[]): Promise<void>;
  /** Somebody wants a message tried again that was given up. Throws a refusal when nothing could come of it. */
  abstract reopen(tx: Tx, eventId: string, recipient: string): Promise<void>;
}

/**
 * Reactions that nobody needs at the moment, such as telling merchants when there is none: events are not queued for them.
 * What happens in a transaction that began before one was woken may pass it by.
 */
export abstract class Dormancy {
  abstract set(tx: Tx, reaction: string, isDormant: boolean): Promise<void>;
}

/** The queues of a courier's recipients; rows of the one outbox. */
export abstract class RecipientQueues {
  /** Queues events for recipients, due after so many seconds. What is queued already starts anew. */
  abstract put(tx: Tx, courier: string, rows: readonly { readonly eventId: string; readonly recipient: string }[], delaySeconds: number): Promise<void>;
  /** With their dead letters. */
  abstract remove(tx: Tx, courier: string, rows: readonly { readonly eventId: string; readonly recipient: string }[]): Promise<void>;
  /** Takes out a bounded number of rows of recipients that are no more. @returns how many */
  abstract removeExcept(tx: Tx, courier: string, recipients: readonly string[], limit: number): Promise<number>;
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
