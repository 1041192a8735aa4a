import type { SettingsReader } from '#platform/settings/settings-reader.js';

/** The key and the secret of the embedded demo. Published, therefore refused in production. */
export const DEMO_API_KEY = 'test-key-123';
export const DEMO_JWT_SECRET = 'dev_jwt_secret_for_the_embedded_demo_only';
const MIN_SECRET_LENGTH = 32;

export abstract class AccessSettings {
  /** Requests per caller and window; null for no limit. */
  abstract readonly rateLimit: { readonly requests: number; readonly seconds: number } | null;
  /** The first signs access tokens, every one is believed. */
  abstract readonly jwtSecrets: readonly string[];
  /** How long expired refresh tokens are kept. */
  abstract readonly tokenRetentionDays: number;
}

export function readAccessSettings(reader: SettingsReader): AccessSettings {
  reader.isPublished(DEMO_API_KEY);
  return {
    rateLimit: rateLimit(reader, '1000000/60'),
    jwtSecrets: reader.secrets('JWT_SECRET', DEMO_JWT_SECRET, MIN_SECRET_LENGTH),
    tokenRetentionDays: reader.integer('TOKEN_RETENTION_DAYS', 7, 0, 3_650),
  };
}

function rateLimit(reader: SettingsReader, fallback: string): AccessSettings['rateLimit'] {
  const value = reader.text('RATE_LIMIT') ?? fallback;
  if (value === '0') return null;
  const [, requests, seconds] = /^(\d{1,9})\/(\d{1,5})$/.exec(value) ?? [];
  if (Number(requests) > 0 && Number(seconds) > 0) return { requests: Number(requests), seconds: Number(seconds) };
  reader.complain('RATE_LIMIT', 'must be <requests>/<seconds>, such as 100/60, or 0 for no limit');
  return null;
}
