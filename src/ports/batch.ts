import type { DomainError } from '#kernel/errors.js';
import type { Tx } from './tx.js';

/**
 * Something that the members of a batch want parts of: stock, funds, order numbers. Every batch has resources of its own.
 * They are locked in the one documented order (docs/architecture.md, "Lock order"), decided on in memory, each member
 * seeing what those before it have left, and written back as one set.
 */
export interface BatchResource<Want> {
  /**
   * Locks and reads what the members may want, ids ascending. The statements are issued before it first waits, so that
   * they travel with those of the other resources (see `together`).
   * @param lockTimeoutMs how long to wait for a row lock; the database's own limit when left out
   * @throws Busy
   */
  lock(tx: Tx, wants: readonly Want[], lockTimeoutMs?: number): Promise<void>;
  /** Writes what the members have taken. */
  write(tx: Tx): Promise<void>;
}

/** Limits of group commits, the same for every use case. */
export const batchLimits = {
  /** Beyond it a transaction holds its locks for longer than the saved commits are worth. */
  maxBatch: 64,
  lanes: 2,
  spareLaneAfterMs: 50,
  /** About half a second of work; a later request is told to come back rather than kept waiting. */
  maxWaiting: 1024,
  /** Members of a batch that could not get a lock are tried one by one; only those that want that very row may wait again, and briefly. */
  lockTimeoutAfterAbortMs: 250,
} as const;

/** What a batch has decided, and how to write it. */
export interface BatchDecision<Result> {
  /** One per input, in order. A refusal takes nothing. */
  readonly outcomes: readonly (Result | DomainError)[];
  /** Issues every write before it first waits. */
  write(): Promise<void>;
}

/** A use case for many inputs in one transaction: lock everything, decide in pure code one by one, write set by set. */
export interface BatchUseCase<Input, Result, Locked> {
  lock(tx: Tx, inputs: readonly Input[], lockTimeoutMs?: number): Promise<Locked>;
  decide(tx: Tx, inputs: readonly Input[], locked: Locked): BatchDecision<Result> | Promise<BatchDecision<Result>>;
}

/**
 * A use case for one input after the other in one transaction: what all of them lock is locked first, in the one order of locks, and
 * what they write is gathered and written as one set. A refusal takes back what its own member has written, and nothing else.
 */
export interface SharedUseCase<Input, Result> {
  /** What is locked and read here is handed out to the members afterwards. @throws Busy */
  lockAhead(tx: Tx, inputs: readonly Input[], lockTimeoutMs?: number): Promise<void>;
  /** @throws DomainError */
  execute(tx: Tx, input: Input): Promise<Result>;
}
