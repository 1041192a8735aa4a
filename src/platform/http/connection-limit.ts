import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { API_PREFIX } from './api-prefix.js';
import { turnAway } from './overload.js';

/** Handles that the provider, merchants and files may need beside our callers' connections and our own to the database. */
const FOR_OTHERS = 400;

/** Connections that are served, and those that are accepted at all, by the number of file handles. */
export function shareOfCallers(handles: number, poolMax: number): { served: number; accepted: number } {
  const served = Math.max(Math.floor(handles / 3), handles - FOR_OTHERS - poolMax);
  return { served, accepted: served + Math.min(Math.ceil(handles / 10), Math.floor((handles - served) / 4)) };
}

/**
 * Leaves file handles for the database and other connections: beyond their share callers who are idle are let go, those who ask are
 * answered 503, and beyond a little more they are not even accepted (whatever they would ask for). Without this a flood of
 * callers would cut us off from our own database.
 */
export function limitConnections(fastify: FastifyInstance, handles: number | null, poolMax: number): void {
  if (handles === null) return;
  const { served, accepted } = shareOfCallers(handles, poolMax);
  const { server } = fastify;
  let open = 0;
  const beyond = new WeakSet<Socket>();
  server.on('connection', (socket: Socket) => {
    if (++open > served) {
      beyond.add(socket);
      server.closeIdleConnections();
    }
    socket.once('close', () => open--);
  });
  server.maxConnections = accepted;
  fastify.addHook('onRequest', (request, reply, done) => {
    if (open <= served || !beyond.has(request.raw.socket) || !request.url.startsWith(`/${API_PREFIX}/`)) return done();
    turnAway(request, reply, `All ${served} connections that this process may have are in use.`, {
      connection: 'close',
    });
  });
}
