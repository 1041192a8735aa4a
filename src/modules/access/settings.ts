import type { SettingsReader } from '#platform/settings/settings-reader.js';

/** The key and the secret of the embedded demo. Published, therefore refused in production. */
export const DEMO_API_KEY = 'test-key-123';
export const DEMO_JWT_SECRET = 'dev_jwt_secret_for_the_embedded_demo_only';
const MIN_SECRET_LENGTH = 32;

export interface Limit {
  readonly requests: number;
  readonly seconds: number;
}

export abstract class AccessSettings {
  /** Requests per caller and window; null for no limit. */
  abstract readonly rateLimit: Limit | null;
  /** Requests without a caller, per address. */
  abstract readonly anonymousLimit: Limit;
  /** Requests of a customer that change something; five times as many from one address. */
  abstract readonly customerWriteLimit: Limit;
  /** Accounts that one address may open in a window. */
  abstract readonly registrationLimit: Limit;
  /** Whether staff must have a second factor. */
  abstract readonly staffMfa: 'optional' | 'required';
  /** The first signs access tokens, every one is believed. */
  abstract readonly jwtSecrets: readonly string[];
  /** How long expired refresh tokens are kept. */
  abstract readonly tokenRetentionDays: number;
  /** How long security events keep the address that they came from. */
  abstract readonly securityEventRetentionDays: number;
}

export function readAccessSettings(reader: SettingsReader): AccessSettings {
  reader.isPublished(DEMO_API_KEY);
  return {
    rateLimit: reader.text('RATE_LIMIT') === '0' ? null : limit(reader, 'RATE_LIMIT', '1000000/60'),
    anonymousLimit: limit(reader, 'ANONYMOUS_LIMIT', '30000/60'),
    customerWriteLimit: limit(reader, 'CUSTOMER_WRITE_LIMIT', '240/60'),
    registrationLimit: limit(reader, 'REGISTRATION_LIMIT', '30/300'),
    staffMfa: reader.choice('STAFF_MFA', 'optional', ['optional', 'required'] as const),
    jwtSecrets: reader.secrets('JWT_SECRET', DEMO_JWT_SECRET, MIN_SECRET_LENGTH),
    tokenRetentionDays: reader.integer('TOKEN_RETENTION_DAYS', 7, 0, 3_650),
    securityEventRetentionDays: reader.integer('SECURITY_EVENT_RETENTION_DAYS', 365, 1, 36_500),
  };
}

function limit(reader: SettingsReader, name: string, fallback: string): Limit {
  const parse = (value: string) => {
    const [, requests, seconds] = /^(\d{1,9})\/(\d{1,5})$/.exec(value) ?? [];
    return { requests: Number(requests), seconds: Number(seconds) };
  };
  const given = parse(reader.text(name) ?? fallback);
  if (given.requests > 0 && given.seconds > 0) return given;
  const off = name === 'RATE_LIMIT' ? ', or 0 for no limit' : '';
  reader.complain(name, `must be <requests>/<seconds>, such as ${fallback}${off}`);
  return parse(fallback);
}
