import { type DomainError, problem, DomainError as Refusal } from '#kernel/errors.js';
import type { Tx } from './tx.js';

/** The answer that a request was given, kept so that a repetition gets the same bytes. Made by the API layer, opaque here. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly replayed?: boolean;
}

export type Outcome<Result> = { readonly result: Result } | { readonly refusal: DomainError };

/** A request's claim to be executed once, and how its outcome is put into words for the caller. */
export interface Receipt<Result> {
  /** Derived from caller and key; null when the caller sent no key and wants no memory. */
  readonly id: string | null;
  readonly caller: string;
  readonly key: string | null;
  /** SHA-256 of method, path and canonical body: the same key with another hash is a mistake of the caller. */
  readonly requestHash: Buffer;
  /** Whether the key stays used for ever, as those of orders and payments do. */
  readonly isLasting: boolean;
  answer(outcome: Outcome<Result>): Answer;
}

export type Claim =
  { readonly state: 'free' } | { readonly state: 'answered'; readonly answer: Answer } | { readonly state: 'reused' } | { readonly state: 'busy' };

/** Remembers answers in the transaction that does the work: key, effect and answer commit together, or a retry lies. */
export abstract class Receipts {
  /**
   * Runs the work once per key and remembers its answer; a repetition gets the remembered one. Refusals that are final
   * (conflict, unprocessable) are remembered too, without any effect of the work.
   * @throws IdempotencyKeyReused, IdempotencyKeyInUse
   */
  abstract once<Result>(receipt: Receipt<Result>, work: (tx: Tx) => Promise<Result>): Promise<Answer>;

  /** The remembered answer, or null. @throws IdempotencyKeyReused */
  abstract find(receipt: Receipt<never>): Promise<Answer | null>;

  /**
   * Lets requests with one key run one after the other, so that repetitions wait briefly instead of colliding. The work
   * answers 'busy' when another replica is executing the same key; it is then tried again, up to a bound.
   * @throws IdempotencyKeyInUse
   */
  abstract alone<T>(receipt: Receipt<never>, work: () => Promise<T | 'busy'>): Promise<T>;

  /** For batches: claims every key for this transaction without waiting for anybody. */
  abstract claim(tx: Tx, receipts: readonly Receipt<never>[]): Promise<Claim[]>;

  /** For batches: remembers the answers of keys that this transaction has claimed. */
  abstract record(tx: Tx, answers: readonly { receipt: Receipt<never>; answer: Answer }[]): Promise<void>;
}

export class IdempotencyKeyReused extends Refusal {
  static readonly problem = problem(
    'idempotency-key-reused',
    'unprocessable',
    'Idempotency key was used for another request',
    'This Idempotency-Key belongs to a request with another route or body. Use a new key for a new request; repeat a request with exactly the same route and JSON value.',
  );
  constructor() {
    super(IdempotencyKeyReused.problem, 'This Idempotency-Key was first used for another request.');
  }
}

export class IdempotencyKeyInUse extends Refusal {
  static readonly problem = problem(
    'idempotency-key-in-use',
    'conflict',
    'The first request with this key is still running',
    'The first request with this Idempotency-Key has not finished. Repeat after Retry-After seconds to get its answer.',
  );
  override readonly retryAfterSeconds = 1;
  constructor() {
    super(IdempotencyKeyInUse.problem, 'The first request with this Idempotency-Key is still running.');
  }
}
