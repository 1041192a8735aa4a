import type { RecordedEvent } from './events.js';
import type { Tx } from './tx.js';

/**
 * What every consumer class declares: the id under which its outbox rows and dead letters are stored. It never changes;
 * after a rename the old id becomes an alias (docs/events.md, "Renaming").
 */
export interface ConsumerId {
  readonly id: string;
  readonly aliases?: readonly string[];
}

declare const accepted: unique symbol;

/** What all kinds of consumers have in common. */
abstract class Consumer<Event> {
  /** Exists for the compiler only: a consumer must accept every event type that it is subscribed to. */
  declare readonly [accepted]?: (event: Event) => void;
}

export type AnyConsumer<Event> = Consumer<Event>;

/** A consumer whose effects may share one transaction: it is given many events, one after the other. */
abstract class SharingConsumer<Event> extends Consumer<Event> {
  /** By default each event has a transaction of its own. */
  sharesTransaction(_event: Event): boolean {
    return false;
  }

  /**
   * First in a shared transaction: locks everything that these events will lock, in the one order of locks, so that two such
   * transactions cannot wait for each other. What is read here is handed out afterwards, event by event.
   */
  async lockAhead(_tx: Tx, _events: readonly Event[]): Promise<void> {}
}

/**
 * A consumer that writes: its effect and the removal of its outbox row commit together, so it takes effect exactly once.
 * It touches nothing outside the database.
 */
export abstract class TransactionalConsumer<Event = RecordedEvent> extends SharingConsumer<Event> {
  abstract react(tx: Tx, event: Event): Promise<void>;

  /** Called in the transaction that moves the row to the dead letters; by default a dead letter changes nothing else. */
  async gaveUp(_tx: Tx, _event: Event, _error: string): Promise<void> {}
}

/**
 * A consumer that calls the outside world: outside any transaction, at least once, with the event id as the receiver's
 * idempotency key. The answer is recorded in the transaction that removes the outbox row.
 */
export abstract class ExternalCallConsumer<Answer = unknown, Event = RecordedEvent> extends SharingConsumer<Event> {
  /** @param attempt 1 for the first */
  abstract call(event: Event, attempt: number): Promise<Answer>;
  abstract record(tx: Tx, event: Event, answer: Answer): Promise<void>;

  /** As in TransactionalConsumer. */
  async gaveUp(_tx: Tx, _event: Event, _error: string): Promise<void> {}
}

/**
 * As TransactionalConsumer, for many events in one transaction. Since events of any subjects meet in it, it locks nothing
 * that was there before; an event that makes it fail is tried again alone.
 */
export abstract class BatchConsumer<Event = RecordedEvent> extends Consumer<Event> {
  abstract reactAll(tx: Tx, events: readonly Event[]): Promise<void>;
}

/** What becomes of a message after an attempt to deliver it. */
export type NextStep =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'retry';
      readonly seconds: number;
      readonly error: string;
      /** Whether it counts as an attempt. */
      readonly counts: boolean;
    }
  | { readonly kind: 'give-up'; readonly error: string };

/** An attempt to deliver an event to one recipient. */
export interface DeliveryAttempt<Answer> {
  readonly event: RecordedEvent;
  readonly recipient: string;
  readonly answer: Answer;
  readonly next: NextStep;
}

/**
 * A consumer that calls many recipients, each with a queue of its own, so that a slow or dead one never keeps the others
 * waiting. Runs outside any transaction, at least once; answers are recorded in the transaction that removes or postpones
 * the rows.
 */
export abstract class RecipientConsumer<Answer = unknown> {
  /** The recipients that may be called at the moment, and how many events at once. Asked before each claim, so it answers from memory. */
  abstract recipients(): Iterable<readonly [recipient: string, slots: number]>;
  /** @param attempt 1 for the first */
  abstract deliver(
    event: RecordedEvent,
    recipient: string,
    attempt: number,
  ): Promise<{ answer: Answer; next: NextStep }>;
  abstract record(tx: Tx, attempts: readonly DeliveryAttempt<Answer>[]): Promise<void>;
  /** A dead letter is retried by hand. Throws a refusal when nothing could come of it. */
  abstract reopen(tx: Tx, eventId: string, recipient: string): Promise<void>;
}

/**
 * Consumers that are not needed at the moment, such as the fan-out while there is no endpoint: no rows are queued for
 * them. Events of a transaction that began before a consumer was woken may pass it by.
 */
export abstract class Dormancy {
  abstract set(tx: Tx, consumerId: string, isDormant: boolean): Promise<void>;
}

/** The queues of a consumer's recipients; rows of the one outbox. */
export abstract class RecipientQueues {
  /** Queues events for recipients, due after so many seconds. What is queued already starts anew. */
  abstract put(
    tx: Tx,
    consumerId: string,
    rows: readonly { readonly eventId: string; readonly recipient: string }[],
    delaySeconds: number,
  ): Promise<void>;
  /** With their dead letters. */
  abstract remove(
    tx: Tx,
    consumerId: string,
    rows: readonly { readonly eventId: string; readonly recipient: string }[],
  ): Promise<void>;
  /** Takes out a bounded number of rows of recipients that no longer exist. @returns how many */
  abstract removeExcept(tx: Tx, consumerId: string, recipients: readonly string[], limit: number): Promise<number>;
}

/** Thrown by a consumer whose event came too early (e.g. a message before its order): retried quietly, not logged as a fault. */
export class NotYet extends Error {}

/** Thrown by a consumer that knows better than the subscription table when to try again; null: never, a person must look. */
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
