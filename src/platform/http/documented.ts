import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { findProblem } from '#kernel/errors.js';
import './card-numbers.js';
import { statusOf } from './problem.js';

export interface Documentation {
  summary: string;
  description?: string;
  operationId: string;
  status: number;
  /** The shape of the answer; none for an answer without a body. */
  answer?: Type<unknown>;
  answerDescription: string;
  /** The codes this operation can answer besides those that every operation can. */
  problems?: readonly string[];
  idempotencyKey?: 'required' | 'optional';
  isPublic?: boolean;
  /** The shape of the request's body, and one that works on the demo shop as it stands. */
  body?: Type<unknown>;
  example?: object;
  bodyOptional?: boolean;
  /** Answers 202, or 200 with the outcome to a caller who prefers to wait. */
  waits?: boolean;
}

const always = ['validation-failed', 'rate-limited', 'unavailable'];
const withCaller = ['unauthenticated', 'forbidden', 'mfa-enrollment-required'];
const withKey = ['idempotency-key-invalid', 'idempotency-key-reused', 'idempotency-key-in-use'];
const withBody = ['malformed-json', 'payload-too-large', 'unsupported-media-type', 'card-number-refused'];

/** Everything the OpenAPI document says about an operation, so that a controller's method stays readable. */
export function Documented(doc: Documentation): MethodDecorator {
  const codes = new Set([
    ...always,
    ...(doc.isPublic ? [] : withCaller),
    ...(doc.idempotencyKey ? withKey : []),
    ...(doc.idempotencyKey === 'required' ? ['idempotency-key-missing'] : []),
    ...(doc.idempotencyKey || doc.body ? withBody : []),
    ...(doc.problems ?? []),
  ]);
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const about = findProblem(code);
    if (!about) throw new Error(`${doc.operationId} documents the problem ${code}, which no error declares`);
    byStatus.set(statusOf(about), [...(byStatus.get(statusOf(about)) ?? []), code]);
  }
  return applyDecorators(
    ApiOperation({ summary: doc.summary, description: doc.description, operationId: doc.operationId }),
    ApiResponse({ status: doc.status, description: doc.answerDescription, ...(doc.answer && { type: doc.answer }) }),
    ...[...byStatus].map(([status, list]) => problemResponse(status, list)),
    ...(doc.body
      ? [
          ApiBody({
            type: doc.body,
            required: !doc.bodyOptional,
            examples: { 'works as it stands': { value: doc.example } },
          }),
        ]
      : []),
    ...(doc.waits
      ? [
          ApiResponse({
            status: 200,
            description: 'The outcome, if the request has Prefer: wait',
            ...(doc.answer && { type: doc.answer }),
          }),
          ApiHeader({
            name: 'Prefer',
            required: false,
            description: '`wait=N` waits up to N (30) seconds for the outcome (RFC 7240)',
            schema: { type: 'string', example: 'wait=10' },
          }),
        ]
      : []),
    ...(doc.idempotencyKey ? [idempotencyHeader(doc.operationId, doc.idempotencyKey === 'required')] : []),
  );
}

function problemResponse(status: number, codes: readonly string[]): MethodDecorator {
  return ApiResponse({
    status,
    description: codes.map((code) => `\`${code}\`: ${findProblem(code)!.title}`).join('; '),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { code: { type: 'string', enum: [...codes] } } },
          ],
        },
        examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code, status)])),
      },
    },
  });
}

/** How a problem looks; its own members are on its page. */
function exampleOf(code: string, status: number): { summary: string; value: object } {
  const { title, explanation } = findProblem(code)!;
  const about = { type: `/problems/${code}`, title, status, detail: explanation };
  const value = { ...about, instance: '/api/v1/...', code, requestId: '01939d00-0000-7000-8000-0000000000ff' };
  return { summary: title, value };
}

function idempotencyHeader(operationId: string, required: boolean): MethodDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required,
    description:
      'Unique per request; a retry with the same key gets the original response. 1 to 255 visible ASCII characters.',
    schema: { type: 'string', minLength: 1, maxLength: 257, example: `try-${operationId}-1` },
  });
}
