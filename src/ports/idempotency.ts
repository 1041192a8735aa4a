import { DomainError, problem } from '#kernel/errors.js';
import type { BatchUseCase, SharedUseCase } from './batch.js';
import type { Cause } from './events.js';
import type { Tx } from './tx.js';

/** The answer that a request was given, kept so that a repetition gets the same bytes. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly replayed?: boolean;
  /** Whether the body shows a secret: it is remembered sealed. */
  readonly isSecret?: boolean;
}

/** A request that is to be executed once per caller and key, as the edge of the program has read it. */
export interface IdempotentRequest {
  /** Of its idempotency record, derived from caller and key; null when the caller sent no key and nothing is remembered. */
  readonly id: string | null;
  readonly caller: string;
  readonly key: string | null;
  /** SHA-256 of method, path and canonical body: the same key with another hash is a mistake of the caller. */
  readonly requestHash: Buffer;
  /** Whether the key stays used forever, as where money or goods move. */
  readonly isLasting: boolean;
  readonly cause: Cause;
  /** The answer to a refusal. */
  refused(refusal: DomainError): Answer;
}

/** Presents the result of a use case as an answer. */
export type Present<Result> = (result: Result) => Answer;

export interface BatchOptions {
  readonly maxBatch: number;
  readonly lanes: number;
  /** See GroupCommitOptions. */
  readonly spareLaneAfterMs: number;
  readonly maxWaiting: number;
  /** How long members of a batch that was rolled back wait for a row lock when they are tried one by one. */
  readonly lockTimeoutAfterAbortMs: number;
  onBatch(size: number): void;
  onAbort?(): void;
  onOutcome?(outcome: 'placed' | (string & {})): void;
  beforeCommit(): void;
  afterCommit(): void;
}

/** A use case whose requests are executed in group commits. */
export interface IdempotentBatch<Input> {
  /** @throws Unavailable when too many wait already, IdempotencyKeyInUse */
  submit(request: IdempotentRequest, input: Input): Promise<Answer>;
  readonly waitingCount: number;
  /** Refuses new requests and resolves when all accepted ones are answered. */
  stop(): Promise<void>;
}

/**
 * The one place where a use case becomes an idempotent HTTP request: the key, the effect and the answer commit together,
 * or a retry lies. Final refusals (conflict, unprocessable) are remembered too, without any effect of the work.
 */
export abstract class IdempotentRequests {
  /**
   * Runs a use case once per key in one transaction with its idempotency record; a repetition gets the remembered answer.
   * @throws IdempotencyKeyReused, IdempotencyKeyInUse
   */
  abstract once<Result>(
    request: IdempotentRequest,
    work: (tx: Tx) => Promise<Result>,
    present: Present<Result>,
  ): Promise<Answer>;

  /**
   * As once, for a use case that must ask the outside world first (DNS, a provider, another catalogue): that happens
   * before the transaction, only when no answer is remembered, and may happen again after a crash. A final refusal by
   * it is remembered.
   */
  abstract onceAfter<Prepared, Result>(
    request: IdempotentRequest,
    prepare: () => Promise<Prepared>,
    work: (tx: Tx, prepared: Prepared) => Promise<Result>,
    present: Present<Result>,
  ): Promise<Answer>;

  /** A queue that executes a batch use case for many requests in one transaction. */
  abstract batch<Input, Result, Locked>(
    useCase: BatchUseCase<Input, Result, Locked>,
    present: Present<Result>,
    options: BatchOptions,
  ): IdempotentBatch<Input>;

  /** As batch, for a use case that decides on one request after the other. */
  abstract shared<Input, Result>(
    useCase: SharedUseCase<Input, Result>,
    present: Present<Result>,
    options: BatchOptions,
  ): IdempotentBatch<Input>;
}

export class IdempotencyKeyReused extends DomainError {
  static readonly problem = problem(
    'idempotency-key-reused',
    'unprocessable',
    'The Idempotency-Key was used for another request',
    'This Idempotency-Key belongs to a request with another route or body. Use a new key for each new request; retry a request with exactly the same route and JSON value.',
  );
  constructor() {
    super(IdempotencyKeyReused.problem, 'This Idempotency-Key was first used for another request.');
  }
}

export class IdempotencyKeyInUse extends DomainError {
  static readonly problem = problem(
    'idempotency-key-in-use',
    'conflict',
    'The first request with this key is still running',
    'The first request with this Idempotency-Key has not finished. Retry after Retry-After seconds to get its response.',
  );
  override readonly retryAfterSeconds = 1;
  constructor() {
    super(IdempotencyKeyInUse.problem, 'The first request with this Idempotency-Key is still running.');
  }
}
