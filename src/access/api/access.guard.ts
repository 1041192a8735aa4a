import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Scope } from '#kernel/caller.js';
import { PUBLIC, rememberCaller, SCOPE } from '#platform/http/access.js';
import { Callers } from '../application/callers.js';
import { Forbidden, Unauthenticated } from '../contract.js';

/** Stands before every route: a route is public, or it names its scope, or it is closed. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly callers: Callers,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, targets)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const credential = credentialOf(request);
    const caller = credential && this.callers.find(credential);
    if (!caller) throw new Unauthenticated();
    const scope = this.reflector.getAllAndOverride<Scope | undefined>(SCOPE, targets);
    if (!scope || !(caller.scopes.has(scope) || caller.scopes.has('admin'))) throw new Forbidden(scope ?? 'admin');
    rememberCaller(request, caller);
    return true;
  }
}

function credentialOf(request: FastifyRequest): string | null {
  const { authorization, 'x-api-key': key } = request.headers;
  if (typeof key === 'string' && key !== '') return key;
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '');
  return bearer ? bearer[1]! : null;
}
