import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller, Scope } from '#ports/caller.js';
import { addressKey } from '#kernel/address-key.js';
import type { Taken } from '#kernel/rates.js';
import { EarlyRefusals, isRead } from '#platform/http/early-refusals.js';
import { wantsRawBody } from '#platform/http/body.js';
import { Turns, type TurnKind } from '#platform/http/turns.js';
import { isForApi } from '#platform/http/request-path.js';
import { bearerOf, OPTIONAL, PUBLIC, rememberCaller, SCOPE, STAFF_ONLY } from '#platform/http/access.js';
import { Callers } from '../application/callers.js';
import { Forbidden, MfaEnrollmentRequired, RateLimited, Unauthenticated } from '../contract.js';
import { AccessMetrics } from '../metrics.js';
import { RateLimiter } from './rate-limiter.js';

interface Declaration {
  readonly isPublic: boolean;
  /** With a caller or without one. */
  readonly isOptional: boolean;
  readonly scope: Scope | undefined;
  readonly staffOnly: boolean;
}

/** Stands before every route: who is calling, may they, and are they not calling too often. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly declarations = new WeakMap<object, Declaration>();

  constructor(
    private readonly reflector: Reflector,
    private readonly callers: Callers,
    private readonly limiter: RateLimiter,
    private readonly turns: Turns,
    private readonly refusals: EarlyRefusals,
    private readonly metrics: AccessMetrics,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const declaration = this.declarationOf(context);
    const credential = credentialOf(request);
    if (declaration.isPublic || (declaration.isOptional && credential === null)) {
      // Signed messages are counted where their signature is checked, and only when it does not hold.
      if (!isForApi(request) || wantsRawBody(request)) return true;
      this.limitStranger(request, reply);
      return isRead(request) ? this.inTurn('strangersRead', request, reply) : true;
    }
    const found = credential === null ? null : this.callers.find(credential);
    // No promise where none is needed: this is on the way of every request.
    return found instanceof Promise
      ? found.then((caller) => this.admit(caller, declaration, request, reply))
      : this.admit(found, declaration, request, reply);
  }

  /** What a route declares does not change while the program runs. */
  private declarationOf(context: ExecutionContext): Declaration {
    const handler = context.getHandler();
    let declaration = this.declarations.get(handler);
    if (!declaration) {
      const targets = [handler, context.getClass()];
      declaration = {
        isPublic: this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets) === true,
        isOptional: this.reflector.getAllAndOverride<boolean | undefined>(OPTIONAL, targets) === true,
        scope: this.reflector.getAllAndOverride<Scope | undefined>(SCOPE, targets),
        staffOnly: this.reflector.getAllAndOverride<boolean | undefined>(STAFF_ONLY, targets) === true,
      };
      this.declarations.set(handler, declaration);
    }
    return declaration;
  }

  private admit(
    caller: Caller | null,
    { scope, staffOnly, isOptional }: Declaration,
    request: FastifyRequest,
    reply: FastifyReply,
  ): boolean | Promise<boolean> {
    if (!caller) {
      this.limitStranger(request, reply);
      this.metrics.refused('unauthenticated');
      throw new Unauthenticated();
    }
    this.limit(caller.id, request, reply);
    // Before it is refused: the request's line in the log names the caller.
    rememberCaller(request, caller);
    if (caller.customerId !== null && !isRead(request))
      this.refuseIfOver(request, 'writes', this.limiter.takeWrite(caller.id, addressKey(request.ip), Date.now()));
    const isAllowed = isOptional || (scope !== undefined && caller.scopes.has(scope));
    const missing = isAllowed ? null : (scope ?? 'admin');
    if (missing !== null || (staffOnly && caller.customerId !== null)) {
      this.metrics.refused('forbidden');
      if (caller.user?.lacksMfa) throw new MfaEnrollmentRequired();
      throw new Forbidden(missing ?? 'admin');
    }
    if (caller.customerId === null) return true;
    return this.inTurn(isRead(request) ? 'customersRead' : 'customersWrite', request, reply);
  }

  private async inTurn(kind: TurnKind, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    await this.turns.take(kind, request, reply);
    return true;
  }

  private limit(caller: string, request: FastifyRequest, reply: FastifyReply): void {
    const allowance = this.limiter.take(caller, Date.now());
    if (!allowance) return;
    const { remaining, retryAfterMs } = allowance;
    void reply
      .header('ratelimit-policy', this.limiter.policy!)
      .header('ratelimit', `"default";r=${remaining};t=${Math.ceil(retryAfterMs / 1000)}`);
    this.refuseIfOver(request, null, allowance);
  }

  private limitStranger(request: FastifyRequest, reply: FastifyReply): void {
    const address = addressKey(request.ip);
    this.limit(`address:${address}`, request, reply);
    this.refuseIfOver(request, 'all', this.limiter.takeAsStranger(address, Date.now()));
  }

  /** @param early what is refused from now on before it is read; null for nothing: its answers say how many are left */
  private refuseIfOver(request: FastifyRequest, early: 'all' | 'writes' | null, { isOver, retryAfterMs }: Taken): void {
    if (!isOver) return;
    if (early) this.refusals.refuse(request, early, Date.now() + retryAfterMs);
    this.metrics.refused('rate-limited');
    const seconds = Math.ceil(retryAfterMs / 1000);
    throw new RateLimited(`Retry in ${seconds} s.`, seconds);
  }
}

function credentialOf(request: FastifyRequest): string | null {
  const key = request.headers['x-api-key'];
  return typeof key === 'string' && key !== '' ? key : bearerOf(request);
}
