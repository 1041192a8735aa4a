import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { findProblem } from '#kernel/errors.js';
import { send } from './answer.js';
import { API_PREFIX } from './api-prefix.js';
import { problemAnswer } from './problem.js';

/** Handles that the database, the provider and merchants may need beside our callers' connections. */
const FOR_OTHERS = 400;

/**
 * Leaves file handles for the database and everybody else: callers beyond their share are answered 503 and let go, and those
 * beyond a little more are not even accepted. Without this a flood of callers would cut us off from our own database.
 */
export function limitConnections(fastify: FastifyInstance, handles: number | null): void {
  if (handles === null) return;
  const share = Math.max(Math.floor(handles / 3), handles - FOR_OTHERS);
  const { server } = fastify;
  let open = 0;
  const beyond = new WeakSet<Socket>();
  server.on('connection', (socket: Socket) => {
    if (++open > share) beyond.add(socket);
    socket.once('close', () => open--);
  });
  server.maxConnections = share + Math.ceil(handles / 10);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (open <= share || !beyond.has(request.raw.socket) || !request.url.startsWith(`/${API_PREFIX}/`)) return done();
    const context = { requestId: request.id, instance: request.url.split('?', 1)[0]! };
    const headers = { 'retry-after': '1', connection: 'close' };
    send(reply, problemAnswer(findProblem('unavailable')!, 503, `All ${share} connections that this process may have are in use.`, context, {}, headers));
  });
}
