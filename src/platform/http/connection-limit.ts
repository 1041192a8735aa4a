import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { addressKey } from '#kernel/address-key.js';
import { turnAway } from './overload.js';
import { isForApi } from './request-path.js';
import { Tally } from './tally.js';

/** Handles that the provider, merchants and files may need beside our callers' connections and our own to the database. */
const FOR_OTHERS = 400;

/** Connections that are served, and those that are accepted at all, by the number of file handles. */
export function shareOfCallers(handles: number, poolMax: number): { served: number; accepted: number } {
  const served = Math.max(Math.floor(handles / 3), handles - FOR_OTHERS - poolMax);
  return { served, accepted: served + Math.min(Math.ceil(handles / 10), Math.floor((handles - served) / 4)) };
}

/** The connections that one address may have, of those that are served. */
function shareOfAddress(served: number): number {
  return Math.max(64, Math.floor((served * 3) / 4));
}

/**
 * Leaves file handles for the database and other connections: beyond their share callers who are idle are let go, those who ask are
 * answered 503, and beyond a little more they are not even accepted (whatever they would ask for). Without this a flood of
 * callers would cut us off from our own database. One address has a share only, unless it is a proxy's.
 */
export function limitConnections(
  fastify: FastifyInstance,
  handles: number | null,
  poolMax: number,
  isBehindProxy: boolean,
): void {
  if (handles === null) return;
  const { served, accepted } = shareOfCallers(handles, poolMax);
  const { server } = fastify;
  const ofAddress = isBehindProxy ? Infinity : shareOfAddress(served);
  const byAddress = new Tally();
  let open = 0;
  const beyond = new WeakSet<Socket>();
  server.on('connection', (socket: Socket) => {
    const address = addressKey(socket.remoteAddress ?? '');
    byAddress.add(address);
    if (++open > served || byAddress.of(address) > ofAddress) {
      beyond.add(socket);
      if (open > served) server.closeIdleConnections();
    }
    socket.once('close', () => {
      open--;
      byAddress.subtract(address);
    });
  });
  server.maxConnections = accepted;
  fastify.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    if (!beyond.has(socket) || !isForApi(request)) return done();
    const isCrowded = byAddress.of(addressKey(socket.remoteAddress ?? '')) > ofAddress;
    if (open <= served && !isCrowded) return done();
    const whose =
      open > served
        ? `All ${served} connections to this process`
        : `All ${ofAddress} connections allowed for one IP address`;
    turnAway(request, reply, `${whose} are in use.`, { connection: 'close' });
  });
}
