import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findProblem } from '#kernel/errors.js';
import { send } from './answer.js';
import { addressKey } from '#kernel/address-key.js';
import type { PreferredWait } from './preferred-wait.js';
import { problemAnswer } from './problem.js';
import { announcesBody, isForApi, pathOf } from './request-path.js';
import { Tally } from './tally.js';

/** Of the places for bodies on their way, those that one address may have. */
const SHARE_OF_ADDRESS = 4;

/**
 * Turns requests away while too many are under way, before anything of them is read: that costs next to nothing, so those
 * that were let in are served as fast as ever. A request is under way once its body is there. Until then it has a place
 * among the bodies that are on their way, of which an address has a share only, so that slow senders keep no others out.
 * Who waits for an outcome by preference costs nothing and is not counted.
 * @returns ends that a request counts as under way before its answer is sent
 */
export function limitUnderWay(
  fastify: FastifyInstance,
  limit: number,
  waits: PreferredWait,
): (reply: FastifyReply) => void {
  const arriving = new Arriving(limit, Math.max(8, Math.ceil(limit / SHARE_OF_ADDRESS)));
  let underWay = 0;
  const isFull = () => underWay - waits.count >= limit;
  const entered = new WeakSet<FastifyReply>();
  const leave = (reply: FastifyReply) => {
    if (entered.delete(reply)) underWay--;
  };
  const enter = (reply: FastifyReply) => {
    underWay++;
    entered.add(reply);
    reply.raw.once('close', () => leave(reply));
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!isForApi(request)) return done();
    if (isFull()) return turnAway(request, reply, 'Too many requests are under way.');
    if (!announcesBody(request)) {
      enter(reply);
      return done();
    }
    if (!arriving.enter(request, reply))
      return turnAway(request, reply, 'Too many request bodies are being received.', { connection: 'close' });
    done();
  });
  fastify.addHook('preValidation', (request, reply, done) => {
    if (!arriving.leave(request)) return done();
    if (isFull()) return turnAway(request, reply, 'Too many requests are under way.');
    enter(reply);
    done();
  });
  return leave;
}

/** Requests whose bodies are on their way, in all and by address. */
class Arriving {
  private readonly byAddress = new Tally();
  private readonly addresses = new WeakMap<FastifyRequest, string>();
  private count = 0;

  constructor(
    private readonly limit: number,
    private readonly limitOfAddress: number,
  ) {}

  enter(request: FastifyRequest, reply: FastifyReply): boolean {
    const address = addressKey(request.ip);
    if (this.count >= this.limit || this.byAddress.of(address) >= this.limitOfAddress) return false;
    this.count++;
    this.byAddress.add(address);
    this.addresses.set(request, address);
    reply.raw.once('close', () => this.leave(request));
    return true;
  }

  /** Whether it was among them. */
  leave(request: FastifyRequest): boolean {
    const address = this.addresses.get(request);
    if (address === undefined) return false;
    this.addresses.delete(request);
    this.count--;
    this.byAddress.subtract(address);
    return true;
  }
}

/** Answers 503 before anything of a request is read. */
export function turnAway(
  request: FastifyRequest,
  reply: FastifyReply,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const context = { requestId: request.id, instance: pathOf(request) };
  send(reply, problemAnswer(findProblem('unavailable')!, 503, detail, context, {}, { 'retry-after': '1', ...headers }));
}
