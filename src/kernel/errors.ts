/** What sort of error it is; the HTTP layer maps each kind to a status. The business never says a status. */
export type ErrorKind =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'precondition-failed'
  | 'precondition-required'
  | 'unprocessable'
  | 'rate-limited'
  | 'unavailable';

/** A kind of problem that clients may program against: its code never changes, its page is served at /problems/<code>. */
export interface Problem {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly title: string;
  /** What it means and what the caller can do about it, for the problem's page. */
  readonly explanation: string;
}

const catalogue = new Map<string, Problem>();

/** Declares a problem. Declared once, where its error lives; the catalogue feeds the problem pages and the OpenAPI document. */
export function problem(code: string, kind: ErrorKind, title: string, explanation: string): Problem {
  const declared = { code, kind, title, explanation };
  catalogue.set(code, declared);
  return declared;
}

export function findProblem(code: string): Problem | undefined {
  return catalogue.get(code);
}

export function allProblems(): readonly Problem[] {
  return [...catalogue.values()].sort((a, b) => a.code.localeCompare(b.code));
}

/** One of several things that are wrong, with the JSON pointer of the member it concerns (RFC 9457, 3.1). */
export interface ErrorItem {
  readonly pointer: string;
  readonly detail: string;
  readonly [member: string]: unknown;
}

/** A refusal in the words of the business. Everything else that is thrown is a fault of ours. */
export abstract class DomainError extends Error {
  /** Seconds after which a repetition makes sense, where the error knows it. */
  readonly retryAfterSeconds?: number;

  constructor(
    readonly problem: Problem,
    detail: string,
    readonly errors: readonly ErrorItem[] = [],
    /** Further members for the answer, e.g. the two states of a refused transition. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.name = new.target.name;
  }

  get code(): string {
    return this.problem.code;
  }

  /** Whether the refusal is the request's answer for good, to be replayed, or may be different next time. */
  get isRemembered(): boolean {
    return this.problem.kind === 'conflict' || this.problem.kind === 'unprocessable';
  }
}

export class NotFound extends DomainError {
  static readonly problem = problem(
    'not-found',
    'not-found',
    'Not found',
    'The resource does not exist or you do not have access to it. Check the id.',
  );
  constructor(what: string, id: string) {
    super(NotFound.problem, `There is no ${what} ${id.slice(0, 64)}.`);
  }
}

export class ValidationFailed extends DomainError {
  static readonly problem = problem(
    'validation-failed',
    'invalid',
    'The request is not valid',
    'One or more members of the request have the wrong type, are out of bounds, are missing or are unknown. Each is named in errors[] with its JSON pointer.',
  );
  constructor(errors: readonly ErrorItem[]) {
    super(
      ValidationFailed.problem,
      errors
        .map((e) => e.detail)
        .slice(0, 3)
        .join('; ') || 'The request is not valid.',
      errors,
    );
  }
}

export class Unavailable extends DomainError {
  static readonly problem = problem(
    'unavailable',
    'unavailable',
    'Temporarily unavailable',
    'The database or a queue cannot accept the request at the moment. Nothing was lost: retry with the same Idempotency-Key after Retry-After seconds.',
  );
  override readonly retryAfterSeconds: number;
  constructor(detail: string, retryAfterSeconds = 1, cause?: unknown) {
    super(Unavailable.problem, detail);
    this.retryAfterSeconds = retryAfterSeconds;
    this.cause = cause;
  }
}

/** Another transaction holds a row for longer than the lock time limit. Unlike Unavailable it concerns only who wants that row. */
export class Busy extends DomainError {
  override readonly retryAfterSeconds = 1;
  constructor(cause?: unknown) {
    super(Unavailable.problem, 'Another transaction has locked data that this request needs. Retry shortly.');
    this.cause = cause;
  }
}

export class PreconditionFailed extends DomainError {
  static readonly problem = problem(
    'precondition-failed',
    'precondition-failed',
    'The resource has changed',
    'The If-Match header names a version that is no longer current. Read the resource again before you retry.',
  );
  constructor(version: number) {
    super(PreconditionFailed.problem, `The current version is ${version}.`, [], { version });
  }
}
