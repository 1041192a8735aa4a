import type { NewEvent } from '#ports/events.js';
import { newWebhookEvent, type WebhookEvents } from '../events.js';
import { EndpointNotEnabled } from './errors.js';

/** enabled: told at once; paused: told when it is enabled again; disabled: told nothing, until it is enabled and recovered. */
export const endpointStates = ['enabled', 'paused', 'disabled'] as const;
export type EndpointState = (typeof endpointStates)[number];
export type DisabledReason = 'requested' | 'gone' | 'failing';

export const MAX_ENDPOINTS = 200;
/** How long a rotated secret still signs beside its successor. */
const ROTATION_MS = 24 * 3_600_000;
const MAX_PREVIOUS_SECRETS = 8;
/** Nothing but failures for this long disables an endpoint. */
const FAILING_LIMIT_MS = 120 * 3_600_000;

export interface PreviousSecret {
  readonly secret: string;
  /** RFC 3339. */
  readonly until: string;
}

export interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** Patterns: `*`, `order.*`, `payment.succeeded`. */
  readonly events: readonly string[];
  readonly status: EndpointState;
  readonly disabledReason: DisabledReason | null;
  /** whsec_ and base64. */
  readonly secret: string;
  readonly previousSecrets: readonly PreviousSecret[];
  /** whsk_ and base64: signs beside the secret, for receivers that must not be able to sign; null when none was asked for. */
  readonly signingKey: string | null;
  /** Sent with every message, names in lower case: what a receiver behind an authorization asks for. */
  readonly headers: Readonly<Record<string, string>>;
  /** The first of a row of nothing but failures. */
  readonly failingSince: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type EndpointChange = Partial<
  Pick<Endpoint, 'url' | 'description' | 'events' | 'headers' | 'status' | 'signingKey'>
>;
type EndpointEvent = NewEvent<keyof WebhookEvents>;

export interface Changed {
  readonly endpoint: Endpoint;
  readonly event: EndpointEvent;
}

/** Whether one of the patterns means this type. */
export function matches(patterns: readonly string[], type: string): boolean {
  return patterns.some(
    (pattern) =>
      pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))),
  );
}

export function newEndpoint(
  draft: Pick<Endpoint, 'id' | 'url' | 'description' | 'events' | 'headers' | 'secret' | 'signingKey'>,
  now: Date,
): Changed {
  const endpoint: Endpoint = {
    ...draft,
    status: 'enabled',
    disabledReason: null,
    previousSecrets: [],
    failingSince: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  return { endpoint, event: event('webhook_endpoint.created', endpoint, {}) };
}

/** Null when nothing would change. Enabling it again forgets its failures. */
export function changeEndpoint(endpoint: Endpoint, change: EndpointChange, now: Date): Changed | null {
  const changed = (Object.keys(change) as (keyof EndpointChange)[]).filter(
    (name) => JSON.stringify(change[name]) !== JSON.stringify(endpoint[name]),
  );
  if (changed.length === 0) return null;
  const next = touched({ ...endpoint, ...change }, now);
  // Nothing is signed with a key any more, not even with one that was rotated out.
  const previousSecrets =
    change.signingKey === null
      ? next.previousSecrets.filter(({ secret }) => !secret.startsWith('whsk_'))
      : next.previousSecrets;
  const settled: Endpoint = {
    ...next,
    previousSecrets,
    disabledReason: next.status !== 'disabled' ? null : (endpoint.disabledReason ?? 'requested'),
    failingSince: changed.includes('status') || changed.includes('url') ? null : next.failingSince,
  };
  return { endpoint: settled, event: event('webhook_endpoint.updated', settled, { changed }) };
}

/**
 * What has signed so far goes on signing beside the new for 24 hours, so that receivers can change over in peace.
 * @param fresh with a signing key where the endpoint has one
 */
export function rotateSecret(
  endpoint: Endpoint,
  { secret, signingKey }: Pick<Endpoint, 'secret' | 'signingKey'>,
  now: Date,
): Changed {
  const until = new Date(now.getTime() + ROTATION_MS).toISOString();
  const replaced = [endpoint.secret, ...(endpoint.signingKey === null ? [] : [endpoint.signingKey])];
  const before = [...replaced.map((one) => ({ secret: one, until })), ...stillValid(endpoint, now)];
  const previousSecrets = before.slice(0, MAX_PREVIOUS_SECRETS);
  const next = touched({ ...endpoint, secret, signingKey, previousSecrets }, now);
  return { endpoint: next, event: event('webhook_endpoint.secret_rotated', next, { previousValidUntil: until }) };
}

/** @throws EndpointNotEnabled */
export function mustBeEnabled({ status }: Endpoint): void {
  if (status !== 'enabled') throw new EndpointNotEnabled(status);
}

/** What messages are signed with, the newest first. */
export function signingSecrets(
  endpoint: Pick<Endpoint, 'secret' | 'signingKey' | 'previousSecrets'>,
  now: Date,
): string[] {
  const { secret, signingKey } = endpoint;
  return [
    secret,
    ...(signingKey === null ? [] : [signingKey]),
    ...stillValid(endpoint, now).map(({ secret }) => secret),
  ];
}

function stillValid({ previousSecrets }: Pick<Endpoint, 'previousSecrets'>, now: Date): PreviousSecret[] {
  return previousSecrets.filter(({ until }) => Date.parse(until) > now.getTime());
}

export type AttemptOutcome = 'delivered' | 'failed' | 'gone';

/**
 * What some attempts say about their endpoint. One success ends a row of failures; 120 hours of nothing but failures
 * disable it, and so does 410 Gone. Null when they say nothing new.
 */
export function noteAttempts(
  endpoint: Endpoint,
  outcomes: readonly AttemptOutcome[],
  now: Date,
): { endpoint: Endpoint; event: EndpointEvent | null } | null {
  if (endpoint.status === 'disabled') return null;
  if (outcomes.includes('gone')) return disabled(endpoint, 'gone', now);
  if (outcomes.includes('delivered'))
    return endpoint.failingSince === null ? null : { endpoint: { ...endpoint, failingSince: null }, event: null };
  const failingSince = endpoint.failingSince ?? now;
  if (now.getTime() - failingSince.getTime() >= FAILING_LIMIT_MS)
    return disabled({ ...endpoint, failingSince }, 'failing', now);
  return endpoint.failingSince === null ? { endpoint: { ...endpoint, failingSince }, event: null } : null;
}

function disabled(endpoint: Endpoint, reason: DisabledReason, now: Date): Changed {
  const next: Endpoint = touched({ ...endpoint, status: 'disabled', disabledReason: reason }, now);
  return {
    endpoint: next,
    event: event('webhook_endpoint.disabled', next, { reason, failingSince: next.failingSince?.toISOString() ?? null }),
  };
}

function touched(endpoint: Endpoint, now: Date): Endpoint {
  return { ...endpoint, version: endpoint.version + 1, updatedAt: now };
}

type EndpointEventType = Extract<keyof WebhookEvents, `webhook_endpoint.${string}`>;
type More<Type extends EndpointEventType> = Omit<WebhookEvents[Type], keyof WebhookEvents['webhook_endpoint.created']>;

/** What an address says of its receiver. Its path and query may hold a token, and more people read events than endpoints. */
function withoutToken(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return pathname === '/' && search === '' ? `${origin}/` : `${origin}/...`;
}

/** Never with a secret in it. */
export function event<Type extends EndpointEventType>(type: Type, endpoint: Endpoint, more: More<Type>): EndpointEvent {
  const { id, url, events, status } = endpoint;
  const data = { endpointId: id, url: withoutToken(url), events, status, ...more } as unknown as WebhookEvents[Type];
  return newWebhookEvent(type, { type: 'webhook_endpoint', id }, data);
}
