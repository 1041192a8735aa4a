import { hash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError, problem } from '#kernel/errors.js';
import { canonicalJson } from '#kernel/json.js';
import type { Caller } from '#ports/caller.js';
import type { IdempotentRequest } from '#ports/idempotency.js';
import { callerOf, causeOfRequest } from './access.js';
import { answerDomainError } from './problem.js';
import { holdsCardNumber } from './card-numbers.js';
import { pathOf } from './request-path.js';

export class IdempotencyKeyMissing extends DomainError {
  static readonly problem = problem(
    'idempotency-key-missing',
    'invalid',
    'Idempotency-Key is missing',
    'This operation requires an Idempotency-Key header: any string unique to each new request, such as a UUID. Retrying with the same key never executes the request twice.',
  );
  constructor() {
    super(IdempotencyKeyMissing.problem, 'Send an Idempotency-Key header, for example a new UUID.');
  }
}

export class IdempotencyKeyInvalid extends DomainError {
  static readonly problem = problem(
    'idempotency-key-invalid',
    'invalid',
    'Idempotency-Key is not valid',
    'An Idempotency-Key must have 1 to 255 visible ASCII characters, sent as is or as a quoted string.',
  );
  constructor() {
    super(IdempotencyKeyInvalid.problem, 'An Idempotency-Key must have 1 to 255 visible ASCII characters.');
  }
}

/** The key of a request in its one spelling; a quoted string (RFC 8941, 3.3.3) and the raw text are the same key. */
export function idempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  if (Array.isArray(header)) throw new IdempotencyKeyInvalid();
  let key = header.trim();
  if (key.length >= 2 && key.startsWith('"') && key.endsWith('"')) key = key.slice(1, -1).replace(/\\(["\\])/g, '$1');
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw new IdempotencyKeyInvalid();
  return key;
}

/** @param instead for requests without a caller, or whose body must not be part of what is remembered */
export function idempotentRequest(
  request: FastifyRequest,
  required: boolean,
  instead?: { caller: string; body: unknown },
): IdempotentRequest {
  const key = idempotencyKey(request.headers['idempotency-key']);
  if (key === null && required) throw new IdempotencyKeyMissing();
  const caller = instead?.caller ?? scopeOf(callerOf(request));
  const instance = pathOf(request);
  const requestHash = hash(
    'sha256',
    `${request.method} ${instance}\n${canonicalJson(instead?.body ?? request.body ?? null)}`,
    'buffer',
  );
  const context = { requestId: request.id, instance };
  return {
    id: key === null ? null : recordId(caller, key),
    caller,
    // The id tells keys apart; the text of one is kept for people, unless it is what must not be kept.
    key: key !== null && holdsCardNumber(key) ? '(a card number)' : key,
    requestHash,
    isLasting: required,
    cause: causeOfRequest(request),
    refused: (refusal) => answerDomainError(refusal, context),
  };
}

/** All API keys of the shop share one scope: a key that is rotated between a request and its repetition must not repeat the effect. */
function scopeOf({ id }: Caller): string {
  return id.startsWith('key:') ? 'key:shop' : id;
}

/** The first 128 bits of a hash over caller and key, as a UUID: short, of fixed size, and separate for every caller. */
function recordId(caller: string, key: string): string {
  const hex = hash('sha256', `${caller}\0${key}`, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

export const Idempotent = createParamDecorator(
  (need: 'required' | 'optional', context: ExecutionContext): IdempotentRequest =>
    idempotentRequest(context.switchToHttp().getRequest(), need === 'required'),
);
