import type { FastifyRequest } from 'fastify';
import { causeOfRequest } from '#platform/http/access.js';
import type { Origin } from '../application/audit.js';

/** Where a request comes from, for the audit. */
export function originOf(request: FastifyRequest, caller: string | null): Origin {
  return { address: request.ip, caller, cause: causeOfRequest(request) };
}
