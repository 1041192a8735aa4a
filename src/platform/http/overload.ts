import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findProblem } from '#kernel/errors.js';
import { send } from './answer.js';
import { API_PREFIX } from './api-prefix.js';
import type { PreferredWait } from './preferred-wait.js';
import { problemAnswer } from './problem.js';

/**
 * Turns requests away while too many are under way, before anything of them is read: that costs next to nothing, so those
 * that were let in are served as fast as ever. Who waits for an outcome by preference costs nothing and is not counted.
 */
export function limitUnderWay(fastify: FastifyInstance, limit: number, waits: PreferredWait): void {
  let underWay = 0;
  fastify.addHook('onRequest', (request, reply, done) => {
    underWay++;
    reply.raw.once('close', () => underWay--);
    if (underWay - waits.count <= limit || !request.url.startsWith(`/${API_PREFIX}/`)) return done();
    turnAway(request, reply, 'Too many requests are under way.');
  });
}

/** Answers 503 before anything of a request is read. */
export function turnAway(
  request: FastifyRequest,
  reply: FastifyReply,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const context = { requestId: request.id, instance: request.url.split('?', 1)[0]! };
  send(reply, problemAnswer(findProblem('unavailable')!, 503, detail, context, {}, { 'retry-after': '1', ...headers }));
}
