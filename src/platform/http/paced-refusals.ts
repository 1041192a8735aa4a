import type { FastifyInstance, FastifyReply } from 'fastify';
import { addressKey } from '#kernel/address-key.js';
import { BoundedMap } from '#kernel/bounded-map.js';
import { knownCaller } from './access.js';
import { isForApi } from './request-path.js';

/** What a caller is told who asks for too much, without credentials, or with a body that is too large. */
const PACED = new Set([401, 413, 429]);
const MAX_ADDRESSES = 10_000;
/** Refusals of one address per second, after so many at once. */
const PER_SECOND = 50;
const BURST = 50;
const LONGEST_MS = 3_000;
/** Refusals that are held back at once, of all addresses. */
const MAX_HELD = 1_000;

/**
 * Sends the refusals of one address at a bounded rate. An attacker with many connections who repeats a request as soon as it
 * is refused would otherwise take the processor with refusals alone. A caller who asks one thing after another notices
 * nothing below that rate. API keys and staff are never held back.
 */
export function paceRefusals(fastify: FastifyInstance, leave: (reply: FastifyReply) => void): void {
  const nextAt = new BoundedMap<string, number>(MAX_ADDRESSES);
  let held = 0;
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (!PACED.has(reply.statusCode) || !isForApi(request) || knownCaller(request)?.customerId === null)
      return done(null, payload);
    const now = Date.now();
    const address = addressKey(request.ip);
    const at = Math.max(nextAt.get(address) ?? 0, now - (BURST * 1000) / PER_SECOND) + 1000 / PER_SECOND;
    if (at > now + LONGEST_MS || held >= MAX_HELD) return done(null, payload);
    nextAt.set(address, at);
    if (at <= now) return done(null, payload);
    held++;
    leave(reply); // it waits and costs nothing
    setTimeout(() => {
      held--;
      done(null, payload);
    }, at - now).unref();
  });
}
