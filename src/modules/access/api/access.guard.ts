import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller, Scope } from '#ports/caller.js';
import { addressKey } from '#kernel/address-key.js';
import { wantsRawBody } from '#platform/http/body.js';
import { isForApi } from '#platform/http/request-path.js';
import { bearerOf, PUBLIC, rememberCaller, SCOPE, STAFF_ONLY } from '#platform/http/access.js';
import { Callers } from '../application/callers.js';
import { Forbidden, MfaEnrollmentRequired, RateLimited, Unauthenticated } from '../contract.js';
import { AccessMetrics } from '../metrics.js';
import { RateLimiter, type Allowance } from './rate-limiter.js';

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD']);

interface Declaration {
  readonly isPublic: boolean;
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
    private readonly metrics: AccessMetrics,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const declaration = this.declarationOf(context);
    const { isPublic } = declaration;
    if (isPublic) {
      // Signed messages are counted where their signature is checked, and only when it does not hold.
      if (isForApi(request) && !wantsRawBody(request)) this.limitStranger(request, reply);
      return true;
    }
    const credential = credentialOf(request);
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
        scope: this.reflector.getAllAndOverride<Scope | undefined>(SCOPE, targets),
        staffOnly: this.reflector.getAllAndOverride<boolean | undefined>(STAFF_ONLY, targets) === true,
      };
      this.declarations.set(handler, declaration);
    }
    return declaration;
  }

  private admit(
    caller: Caller | null,
    { scope, staffOnly }: Declaration,
    request: FastifyRequest,
    reply: FastifyReply,
  ): boolean {
    if (!caller) {
      this.limitStranger(request, reply);
      this.metrics.refused('unauthenticated');
      throw new Unauthenticated();
    }
    this.limit(caller.id, reply);
    // Before it is refused: the request's line in the log names the caller.
    rememberCaller(request, caller);
    if (caller.customerId !== null && !reads.has(request.method))
      this.refuseIfOver(this.limiter.takeWrite(caller.id, addressKey(request.ip), Date.now()));
    const missing = !scope || !caller.scopes.has(scope) ? (scope ?? 'admin') : null;
    if (missing !== null || (staffOnly && caller.customerId !== null)) {
      this.metrics.refused('forbidden');
      if (caller.user?.lacksMfa) throw new MfaEnrollmentRequired();
      throw new Forbidden(missing ?? 'admin');
    }
    return true;
  }

  private limit(caller: string, reply: FastifyReply): void {
    const allowance = this.limiter.take(caller, Date.now());
    if (!allowance) return;
    const { isOver, remaining, resetSeconds } = allowance;
    void reply
      .header('ratelimit-policy', this.limiter.policy!)
      .header('ratelimit', `"default";r=${remaining};t=${resetSeconds}`);
    this.refuseIfOver({ isOver, resetSeconds });
  }

  private limitStranger(request: FastifyRequest, reply: FastifyReply): void {
    const address = addressKey(request.ip);
    this.limit(`address:${address}`, reply);
    this.refuseIfOver(this.limiter.takeAsStranger(address, Date.now()));
  }

  private refuseIfOver({ isOver, resetSeconds }: Pick<Allowance, 'isOver' | 'resetSeconds'>): void {
    if (!isOver) return;
    this.metrics.refused('rate-limited');
    throw new RateLimited(`Come back in ${resetSeconds} s.`, resetSeconds);
  }
}

function credentialOf(request: FastifyRequest): string | null {
  const key = request.headers['x-api-key'];
  return typeof key === 'string' && key !== '' ? key : bearerOf(request);
}
