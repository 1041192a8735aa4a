import type { FastifyRequest } from 'fastify';
import { API_PREFIX } from './api-prefix.js';

const schemeAndHost = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/**
 * The path of a request in one spelling: without scheme and host (RFC 9112, 3.2.2), query, a slash at the end, and
 * percent-encoding where none is needed (RFC 3986, 6.2.2.2). For answers and comparisons; rules ask for the route.
 */
export function pathOf({ url }: Pick<FastifyRequest, 'url'>): string {
  const path = (url ?? '/').replace(schemeAndHost, '').split(/[?#]/, 1)[0]!;
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  if (!trimmed.includes('%')) return trimmed === '' ? '/' : trimmed;
  try {
    return encodeURI(decodeURI(trimmed)).replaceAll('%25', '%');
  } catch {
    return trimmed;
  }
}

/** Whether a request goes to the API, by the route that it matched. What matched none is treated as if it did. */
export function isForApi({ routeOptions }: FastifyRequest): boolean {
  const { url } = routeOptions;
  return url === undefined || url.startsWith(`/${API_PREFIX}/`);
}

/** Whether a body follows, by its headers (RFC 9112, section 6). */
export function announcesBody({ headers }: FastifyRequest): boolean {
  return 'transfer-encoding' in headers || (headers['content-length'] ?? '0') !== '0';
}
