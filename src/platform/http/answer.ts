import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer } from '#ports/idempotency.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Sends an answer byte for byte. */
export function send(reply: FastifyReply, answer: Answer): void {
  void reply.status(answer.status);
  if (!('content-type' in answer.headers) && answer.body !== '') void reply.header('content-type', JSON_TYPE);
  void reply.headers(answer.headers);
  if (answer.replayed) void reply.header('idempotent-replayed', 'true');
  void reply.send(answer.body === '' ? undefined : answer.body);
}

/** A value whose JSON text is there already, written by the database. */
export class WrittenJson {
  constructor(readonly text: string) {}
}

const textOf = (value: unknown) => (value instanceof WrittenJson ? value.text : JSON.stringify(value));

export function jsonAnswer(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return { status, body: textOf(value), headers };
}

/** An answer that shows a secret, which must not lie in the database to be read. */
export function secretAnswer(status: number, value: unknown, headers: Record<string, string>): Answer {
  return { ...jsonAnswer(status, value, headers), isSecret: true };
}

/** Answers a GET with a strong ETag, or 304 when the caller has that version already (RFC 9110, 13.1.2). */
export function sendWithEtag(request: FastifyRequest, reply: FastifyReply, etag: string, value: unknown): void {
  void reply.header('etag', etag).header('cache-control', 'private, no-cache');
  const known = request.headers['if-none-match'];
  if (known !== undefined && matches(known, etag, true)) {
    void reply.status(304).send();
    return;
  }
  send(reply, jsonAnswer(200, value));
}

/** Whether an If-Match / If-None-Match list names the tag. If-None-Match compares weakly: W/"1" names "1" too. */
export function matches(list: string, etag: string, weakly: boolean): boolean {
  return list.split(',').some((item) => {
    const tag = item.trim();
    return tag === '*' || tag === etag || (weakly && tag === `W/${etag}`);
  });
}

/**
 * Which versions an If-Match is content with. Tags of things that also move by themselves, such as stock, are
 * `"version-more"`; If-Match asks about the version only: a merchant who changes a price must not lose against another
 * who buys a mug.
 */
export function acceptsVersion(ifMatch: string): (version: number) => boolean {
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  return (version) => tags.some((tag) => tag === '*' || /^"(\d+)(-\d+)?"$/.exec(tag)?.[1] === String(version));
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** Answers a list, with a Link header to the next page (RFC 8288). */
export function sendPage(request: FastifyRequest, reply: FastifyReply, page: Page<unknown>): void {
  if (page.nextCursor !== null) {
    const url = new URL(request.url, 'http://placeholder');
    url.searchParams.set('cursor', page.nextCursor);
    void reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
  }
  const body = `{"data":[${page.data.map(textOf).join(',')}],"nextCursor":${JSON.stringify(page.nextCursor)}}`;
  send(reply, { status: 200, body, headers: {} });
}
