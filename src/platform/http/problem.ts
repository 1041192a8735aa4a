import { DomainError, findProblem, problem, type ErrorKind, type Problem } from '#kernel/errors.js';
import type { Answer } from '#ports/idempotency.js';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'precondition-failed': 412,
  'precondition-required': 428,
  unprocessable: 422,
  'rate-limited': 429,
  unavailable: 503,
};

/** Problems that HTTP itself has; the business does not know them. */
const httpProblems: ReadonlyMap<number, Problem> = new Map([
  [
    400,
    problem(
      'malformed-request',
      'invalid',
      'The request is malformed',
      'The request line, a header or the URL cannot be parsed.',
    ),
  ],
  [
    405,
    problem(
      'method-not-allowed',
      'invalid',
      'Method not allowed',
      'The URL does not support this method. The Allow header lists those it does.',
    ),
  ],
  [
    408,
    problem(
      'request-timeout',
      'invalid',
      'The request took too long to arrive',
      'The body did not arrive in time. Retry the request.',
    ),
  ],
  [
    413,
    problem(
      'payload-too-large',
      'invalid',
      'The body is too large',
      'A body may have at most 128 KiB; at most 16 KiB for requests that issue credentials, and 1 MiB for signed messages.',
    ),
  ],
  [414, problem('uri-too-long', 'invalid', 'The URL is too long', 'Shorten the path or the query.')],
  [
    415,
    problem(
      'unsupported-media-type',
      'invalid',
      'Unsupported media type',
      'Send JSON with Content-Type: application/json, and without a content coding such as gzip.',
    ),
  ],
  [431, problem('headers-too-large', 'invalid', 'The headers are too large', 'Send fewer or shorter headers.')],
  [
    500,
    problem(
      'internal',
      'unavailable',
      'Internal error',
      'An error on our side; it was logged with the requestId. Retrying a POST with the same Idempotency-Key is safe.',
    ),
  ],
]);

export const malformedJson = problem(
  'malformed-json',
  'invalid',
  'The body is not valid JSON',
  'The body must be one JSON object in UTF-8, nested at most 20 levels deep, without NUL characters, unpaired surrogates or numbers outside the range of a double.',
);

export class MalformedJson extends DomainError {
  constructor(detail: string) {
    super(malformedJson, detail);
  }
}

export class CodingNotSupported extends DomainError {
  constructor(coding: string) {
    super(httpProblems.get(415)!, `The content coding ${coding.slice(0, 40)} is not supported.`);
  }
}

export function statusOf({ code, kind }: Problem): number {
  for (const [status, known] of httpProblems) if (known.code === code) return status;
  return statusOfKind[kind];
}

export function httpProblem(status: number): Problem {
  if (status === 404) return findProblem('not-found')!;
  return httpProblems.get(status) ?? httpProblems.get(status < 500 ? 400 : 500)!;
}

export interface ProblemContext {
  readonly requestId: string;
  readonly instance: string;
}

/** An RFC 9457 answer. */
export function problemAnswer(
  about: Problem,
  status: number,
  detail: string,
  context: ProblemContext,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = {
    type: `/problems/${about.code}`,
    title: about.title,
    status,
    detail,
    instance: context.instance,
    code: about.code,
    requestId: context.requestId,
    ...more,
  };
  return { status, body: JSON.stringify(body), headers: { 'content-type': PROBLEM_TYPE, ...headers } };
}

export function answerDomainError(error: DomainError, context: ProblemContext): Answer {
  const headers: Record<string, string> = {};
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds);
  if (error.problem.kind === 'unauthorized') headers['www-authenticate'] = 'Bearer realm="quittance"';
  return problemAnswer(
    error.problem,
    statusOf(error.problem),
    error.message,
    context,
    { ...error.members, ...(error.errors.length > 0 && { errors: error.errors }) },
    headers,
  );
}
