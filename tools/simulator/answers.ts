import type { IncomingMessage } from 'node:http';
import { text, type Form } from './form.js';
import type { PaymentError, PaymentIntent } from './objects.js';

/** An error as Stripe words it. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly error: PaymentError,
  ) {
    super(error.message);
  }
}

export interface Reply {
  status: number;
  body: string;
  /** JSON when left out. */
  headers?: Record<string, string>;
}

export function ok(value: unknown): Reply {
  return { status: 200, body: JSON.stringify(value) };
}

export function list<T extends { id: string; created: number }>(
  url: string,
  all: readonly T[],
  query: (name: string) => string | null,
): { object: 'list'; url: string; data: T[]; has_more: boolean } {
  const limit = Math.min(100, Math.max(1, Number(query('limit') ?? 10) || 10));
  const from = Number(query('created[gte]') ?? 0);
  const to = Number(query('created[lte]') ?? Infinity);
  const within = all.filter(({ created }) => created >= from && created <= to);
  const after = query('starting_after');
  const start = after ? within.findIndex(({ id }) => id === after) + 1 : 0;
  return { object: 'list', url, data: within.slice(start, start + limit), has_more: within.length > start + limit };
}

export function missing(what: string, id: string): never {
  throw invalid(404, `No such ${what}: '${id}'`, 'resource_missing', 'id');
}

export function invalid(status: number, message: string, code: string | undefined, param?: string): Refused {
  return new Refused(status, {
    type: 'invalid_request_error',
    code: code ?? 'invalid_request',
    message,
    ...(param && { param }),
  });
}

export function unexpectedState(intent: PaymentIntent, verb: string): Refused {
  return new Refused(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message: `This PaymentIntent could not be ${verb}ed because it has a status of ${intent.status}.`,
    payment_intent: intent,
  });
}

export function integer(form: Form, name: string): number | undefined {
  const value = text(form, name);
  return value !== undefined && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
}

export function unixNow(): number {
  return Math.floor(Date.now() / 1000);
}

export async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
