import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Caller, Scope } from '#ports/caller.js';
import type { Cause } from '#ports/events.js';

export const SCOPE = 'access:scope';
export const PUBLIC = 'access:public';
export const OPTIONAL = 'access:optional';

export const STAFF_ONLY = 'access:staff-only';

/**
 * Declares the scope that a route needs. A route without a declaration is refused at start.
 * @param who `staff`: not for customers either, who have the scope for what is their own
 */
export const Requires = (scope: Scope, who: 'anybody' | 'staff' = 'anybody'): MethodDecorator =>
  applyDecorators(
    SetMetadata(SCOPE, scope),
    SetMetadata(STAFF_ONLY, who === 'staff'),
    ApiExtension('x-required-scope', scope),
  );

/** Declares that a route needs no caller. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

/**
 * Declares that a route takes a caller, and strangers as well: credentials that are sent must be good, and a request without any
 * is anonymous.
 */
export const OptionalCaller = (): MethodDecorator => SetMetadata(OPTIONAL, true);

/** The token of `Authorization: Bearer` (RFC 6750, 2.1); null without one. */
export function bearerOf({ headers }: FastifyRequest): string | null {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

const callers = new WeakMap<FastifyRequest, Caller>();

export function rememberCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** Undefined where the request was refused before its caller was known, and at public routes. */
export function knownCaller(request: FastifyRequest): Caller | undefined {
  return callers.get(request);
}

export function callerOf(request: FastifyRequest): Caller {
  const caller = knownCaller(request);
  if (!caller) throw new Error('A route without a caller asked for one');
  return caller;
}

/** The cause of what this request does. */
export function causeOfRequest(request: FastifyRequest): Cause {
  return { requestId: request.id, causedBy: null, actor: callers.get(request)?.id ?? 'anonymous' };
}

/** The authenticated caller, as a parameter of a controller's method. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest()),
);
