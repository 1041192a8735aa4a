import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addressKey } from '#kernel/address-key.js';
import { BoundedMap } from '#kernel/bounded-map.js';
import { findProblem } from '#kernel/errors.js';
import { send } from './answer.js';
import { problemAnswer } from './problem.js';
import { announcesBody, isForApi, pathOf } from './request-path.js';
import { wantsRawBody } from './body.js';

const MAX_ENTRIES = 10_000;

/**
 * Callers who were refused for asking too often. Until they may come again they are refused before their bodies are read:
 * saying no must cost less than asking.
 */
@Injectable()
export class EarlyRefusals {
  private readonly until = new BoundedMap<string, number>(MAX_ENTRIES);

  /** @param kind of the requests that are refused */
  refuse(request: FastifyRequest, kind: 'all' | 'writes', untilMs: number): void {
    this.until.set(keyOf(request, kind), untilMs);
  }

  attach(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      if (this.until.size === 0 || !isForApi(request) || wantsRawBody(request)) return done();
      const leftMs = Math.max(this.leftOf(request, 'all'), isRead(request) ? 0 : this.leftOf(request, 'writes'));
      if (leftMs <= 0) return done();
      const context = { requestId: request.id, instance: pathOf(request) };
      const seconds = Math.ceil(leftMs / 1000);
      const headers = { 'retry-after': String(seconds), ...(announcesBody(request) && { connection: 'close' }) };
      send(reply, problemAnswer(findProblem('rate-limited')!, 429, `Retry in ${seconds} s.`, context, {}, headers));
    });
  }

  private leftOf(request: FastifyRequest, kind: 'all' | 'writes'): number {
    const key = keyOf(request, kind);
    const until = this.until.get(key);
    if (until === undefined) return 0;
    const left = until - Date.now();
    if (left <= 0) this.until.delete(key);
    return left;
  }
}

export function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** By the credential as it was sent, or the address without one. */
function keyOf({ headers, ip }: FastifyRequest, kind: string): string {
  const given = headers.authorization ?? headers['x-api-key'];
  return `${kind} ${given === undefined ? addressKey(ip) : String(given).slice(0, 2_000)}`;
}
