import { resolve } from 'node:path';

export type Role = 'all' | 'api' | 'worker';

/** Everything that can be set from outside, validated once at start; also its DI token. Names follow the environment variables. */
export abstract class Settings {
  abstract readonly port: number;
  abstract readonly host: string;
  abstract readonly nodeEnv: 'development' | 'production' | 'test';
  abstract readonly role: Role;
  /** Null: the embedded PostgreSQL in dataDir. */
  abstract readonly databaseUrl: string | null;
  abstract readonly databasePoolMax: number;
  abstract readonly dataDir: string;
  abstract readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  abstract readonly demoData: boolean;
  abstract readonly corsOrigins: readonly string[];
  /** Whether Swagger UI and the OpenAPI document are served. */
  abstract readonly docs: boolean;
  /** Requests per caller and window; null for no limit. */
  abstract readonly rateLimit: { readonly requests: number; readonly seconds: number } | null;
  /** Whose X-Forwarded-For is believed: nobody's, everybody's, so many proxies', or these addresses'. */
  abstract readonly trustProxy: boolean | number | string;
  /** The first signs access tokens, every one is believed. */
  abstract readonly jwtSecrets: readonly string[];
  abstract readonly orderAutoComplete: boolean;
  /** Seconds an unpaid order is kept; 0 keeps it for ever. */
  abstract readonly orderPaymentTtl: number;
  abstract readonly stripeSecretKey: string | null;
  abstract readonly stripeWebhookSecrets: readonly string[];
  abstract readonly stripeApiBase: string | null;
  abstract readonly simulatorDelayMs: number;
  abstract readonly simulatorSeed: string;
  /** Sign the notices of processors other than Stripe; none in production: no such notice is believed. */
  abstract readonly paymentWebhookSecrets: readonly string[];
  /** Sign what is posted to the webhookUrl of a payment, several while they rotate; none in production: there is no webhookUrl. */
  abstract readonly webhookSigningSecrets: readonly string[];
  /** Seconds before each attempt to deliver a webhook, the first included. */
  abstract readonly webhookRetrySchedule: readonly number[];
  /** Whether webhooks may go to http and to private addresses. */
  abstract readonly webhookAllowPrivate: boolean;
  /** An external service that keeps customers' money; null: this shop keeps it. */
  abstract readonly balanceServiceUrl: string | null;
  /** Milliseconds before the first of three retries; the others wait twice and four times as long. */
  abstract readonly balanceServiceRetryMs: number;
  /** Seconds between scheduled reconciliations with the payment provider; 0 for none. */
  abstract readonly reconciliationInterval: number;
  /** Seconds between rounds of housekeeping; 0 for none. */
  abstract readonly housekeepingInterval: number;
  /** How long remembered answers are kept, other than those of orders and payments, which stay. */
  abstract readonly receiptRetentionHours: number;
  /** How long settled deliveries are kept, with their attempts. */
  abstract readonly webhookRetentionDays: number;
  /** How long expired refresh tokens are kept. */
  abstract readonly tokenRetentionDays: number;
  abstract readonly webhookToleranceSeconds: number;
  abstract readonly outboxPollMs: number;
  /** Seconds in which a reaction must renew its claim; after a crash its rows are taken over this much later. */
  abstract readonly outboxLeaseSeconds: number;
  /** Requests that may be under way at once; who comes then gets 503 and Retry-After at once. */
  abstract readonly httpMaxUnderWay: number;
  /** Seconds that requests under way get to finish at shutdown. */
  abstract readonly shutdownGraceSeconds: number;
  abstract readonly failpoint: string | null;
  /** How wrong this process's clock is, for tests. */
  abstract readonly clockSkewSeconds: number;
}

export class BadSettings extends Error {
  constructor(readonly complaints: readonly string[]) {
    super(complaints.join('\n'));
  }
}

/** The key and secrets of the embedded default. Published, therefore refused in production. */
export const DEMO_API_KEY = 'test-key-123';
export const DEMO_STRIPE_WEBHOOK_SECRET = 'whsec_dev_stripe_webhook_secret';
export const DEMO_PAYMENT_WEBHOOK_SECRET = 'dev_payment_webhook_secret';
/** whsec_ and then base64, as Standard Webhooks has it. */
export const DEMO_WEBHOOK_SIGNING_SECRET = 'whsec_ZGV2X3dlYmhvb2tfc2lnbmluZ19zZWNyZXQ=';
export const DEMO_JWT_SECRET = 'dev_jwt_secret_for_the_embedded_demo_only';
export const DEMO_ADMIN = { email: 'admin@demo.example', password: 'demo-admin-password' };
const wellKnownSecrets = new Set([
  DEMO_API_KEY,
  DEMO_STRIPE_WEBHOOK_SECRET,
  DEMO_JWT_SECRET,
  DEMO_PAYMENT_WEBHOOK_SECRET,
  DEMO_WEBHOOK_SIGNING_SECRET.toLowerCase(),
  'secret',
  'changeme',
  'change-me',
  'your-secret-key',
  'jwt-secret',
  'whsec_test_secret',
]);
const MIN_SECRET_LENGTH = 32;
const MIN_WEBHOOK_SECRET_LENGTH = 16;
/** What the built-in simulator is called with; it accepts any key. */
export const SIMULATOR_SECRET_KEY = 'sk_test_simulator';

/** @throws BadSettings naming every bad variable at once */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const complaints: string[] = [];
  const complain = (name: string, expectation: string) => {
    complaints.push(`${name}=${JSON.stringify(env[name] ?? '')}: ${expectation}`);
  };
  const text = (name: string): string | null => {
    const value = env[name]?.trim();
    return value ? value : null;
  };
  const integer = (name: string, fallback: number, min: number, max: number): number => {
    const value = text(name);
    if (value === null) return fallback;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    complain(name, `must be a whole number from ${min} to ${max}`);
    return fallback;
  };
  const choice = <T extends string>(name: string, fallback: T, choices: readonly T[]): T => {
    const value = text(name);
    if (value === null) return fallback;
    if ((choices as readonly string[]).includes(value)) return value as T;
    complain(name, `must be one of ${choices.join(', ')}`);
    return fallback;
  };
  const flag = (name: string, fallback: boolean): boolean => {
    const value = text(name)?.toLowerCase() ?? null;
    if (value === null) return fallback;
    if (['true', '1', 'yes', 'on'].includes(value)) return true;
    if (['false', '0', 'no', 'off'].includes(value)) return false;
    complain(name, 'must be true or false');
    return fallback;
  };
  const url = (name: string, protocols: readonly string[]): string | null => {
    const value = text(name);
    if (value === null) return null;
    if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
    // The value may hold a password, so it is not repeated.
    complaints.push(`${name}: must be a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`);
    return null;
  };

  const secrets = (name: string, fallback: string, minLength: number, isNeeded = true): string[] => {
    const values = (text(name) ?? (development() ? fallback : ''))
      .split(',')
      .map((s) => s.trim())
      .filter(Boolean);
    if (development()) return values;
    if (values.length === 0 && isNeeded) complaints.push(`${name}: must be set in production`);
    for (const value of values) {
      if (wellKnownSecrets.has(value.toLowerCase()))
        complaints.push(`${name}: is a published default; make one of your own, e.g. with: openssl rand -base64 48`);
      else if (value.length < minLength)
        complaints.push(
          `${name}: must have at least ${minLength} characters in production, e.g. from: openssl rand -base64 48`,
        );
    }
    return values;
  };
  const development = () => nodeEnv !== 'production';
  const rateLimit = (fallback: string): Settings['rateLimit'] => {
    const value = text('RATE_LIMIT') ?? fallback;
    if (value === '0') return null;
    const [, requests, seconds] = /^(\d{1,9})\/(\d{1,5})$/.exec(value) ?? [];
    if (Number(requests) > 0 && Number(seconds) > 0) return { requests: Number(requests), seconds: Number(seconds) };
    complain('RATE_LIMIT', 'must be <requests>/<seconds>, such as 100/60, or 0 for no limit');
    return null;
  };
  const seconds = (name: string, fallback: string): number[] => {
    const values = (text(name) ?? fallback).split(',').map((value) => value.trim());
    if (values.length <= 50 && values.every((value) => /^\d{1,6}$/.test(value))) return values.map(Number);
    complain(name, 'must be up to 50 whole numbers of seconds, comma separated, such as 0,5,300');
    return fallback.split(',').map(Number);
  };
  const trustProxy = (): boolean | number | string => {
    const value = text('TRUST_PROXY');
    if (value === null || value === 'false') return false;
    if (value === 'true') return true;
    if (/^\d{1,2}$/.test(value)) return Number(value);
    if (value.split(',').every((part) => /^[0-9a-f.:]+(\/\d{1,3})?$/i.test(part.trim()))) return value;
    complain('TRUST_PROXY', 'must be true, false, a number of proxies, or addresses such as 10.0.0.0/8');
    return false;
  };

  const nodeEnv = choice('NODE_ENV', 'development', ['development', 'production', 'test']);
  const databaseUrl = url('DATABASE_URL', ['postgres:', 'postgresql:']);
  const embedded = databaseUrl === null;
  const role = choice('ROLE', 'all', ['all', 'api', 'worker'] as const);
  if (embedded && role !== 'all' && text('ROLE'))
    complain('ROLE', 'needs DATABASE_URL; the embedded database serves one process with ROLE=all');

  const stripeSecretKey = text('STRIPE_SECRET_KEY');
  const stripeWebhookSecrets = secrets('STRIPE_WEBHOOK_SECRET', DEMO_STRIPE_WEBHOOK_SECRET, MIN_WEBHOOK_SECRET_LENGTH);
  if (role !== 'all' && stripeSecretKey === null && text('STRIPE_API_BASE') === null) {
    complain(
      'ROLE',
      'needs STRIPE_SECRET_KEY or STRIPE_API_BASE: the built-in simulator belongs to one process with ROLE=all',
    );
  }
  if (stripeSecretKey && text('STRIPE_WEBHOOK_SECRET') === null && development()) {
    complaints.push(
      'STRIPE_WEBHOOK_SECRET: must be set together with STRIPE_SECRET_KEY, or no verdict of Stripe can be believed',
    );
  }
  const corsOrigins = (text('CORS_ORIGINS') ?? (development() ? '*' : ''))
    .split(',')
    .map((o) => o.trim())
    .filter(Boolean);
  for (const origin of corsOrigins) {
    if (origin !== '*' && !(URL.canParse(origin) && new URL(origin).origin === origin)) {
      complain('CORS_ORIGINS', `"${origin}" is not an origin such as https://shop.example`);
    }
  }

  const settings: Settings = {
    port: integer('PORT', 3000, 0, 65535),
    host: text('HOST') ?? '127.0.0.1',
    nodeEnv,
    role,
    databaseUrl,
    databasePoolMax: integer('DATABASE_POOL_MAX', 10, 2, 500),
    dataDir: resolve(text('DATA_DIR') ?? '.data'),
    logLevel: choice('LOG_LEVEL', 'info', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const),
    demoData: development() && flag('DEMO_DATA', embedded),
    corsOrigins,
    docs: flag('DOCS', development()),
    rateLimit: rateLimit('1000000/60'),
    trustProxy: trustProxy(),
    jwtSecrets: secrets('JWT_SECRET', DEMO_JWT_SECRET, MIN_SECRET_LENGTH),
    orderAutoComplete: flag('ORDER_AUTO_COMPLETE', true),
    orderPaymentTtl: integer('ORDER_PAYMENT_TTL', 1800, 0, 31_536_000),
    stripeSecretKey,
    stripeWebhookSecrets,
    stripeApiBase: url('STRIPE_API_BASE', ['http:', 'https:']),
    simulatorDelayMs: integer('SIMULATOR_DELAY_MS', 5000, 0, 3_600_000),
    simulatorSeed: text('SIMULATOR_SEED') ?? '1',
    paymentWebhookSecrets: secrets(
      'PAYMENT_WEBHOOK_SECRET',
      DEMO_PAYMENT_WEBHOOK_SECRET,
      MIN_WEBHOOK_SECRET_LENGTH,
      false,
    ),
    webhookSigningSecrets: secrets(
      'WEBHOOK_SIGNING_SECRET',
      DEMO_WEBHOOK_SIGNING_SECRET,
      MIN_WEBHOOK_SECRET_LENGTH,
      false,
    ),
    webhookRetrySchedule: seconds('WEBHOOK_RETRY_SCHEDULE', '0,5,300,1800,7200,18000,36000,50400,72000,86400'),
    webhookAllowPrivate: flag('WEBHOOK_ALLOW_PRIVATE', embedded && development()),
    balanceServiceUrl: url('BALANCE_SERVICE_URL', ['http:', 'https:']),
    balanceServiceRetryMs: integer('BALANCE_SERVICE_RETRY_MS', 2000, 1, 60_000),
    reconciliationInterval: integer('RECONCILIATION_INTERVAL', 900, 0, 86_400),
    housekeepingInterval: integer('HOUSEKEEPING_INTERVAL', 300, 0, 86_400),
    receiptRetentionHours: integer('RECEIPT_RETENTION_HOURS', 168, 24, 87_600),
    webhookRetentionDays: integer('WEBHOOK_RETENTION_DAYS', 30, 1, 3_650),
    tokenRetentionDays: integer('TOKEN_RETENTION_DAYS', 7, 0, 3_650),
    webhookToleranceSeconds: integer('WEBHOOK_TOLERANCE_SECONDS', 300, 1, 86_400),
    outboxPollMs: integer('OUTBOX_POLL_MS', 250, 10, 60_000),
    outboxLeaseSeconds: integer('OUTBOX_LEASE_SECONDS', 15, 1, 600),
    httpMaxUnderWay: integer('HTTP_MAX_UNDER_WAY', 2048, 1, 100_000),
    shutdownGraceSeconds: integer('SHUTDOWN_GRACE_SECONDS', 10, 1, 600),
    failpoint: nodeEnv === 'production' ? null : text('FAILPOINT'),
    clockSkewSeconds: nodeEnv === 'test' ? Number(text('CLOCK_SKEW_SECONDS') ?? 0) : 0,
  };
  if (complaints.length > 0) throw new BadSettings(complaints);
  return settings;
}

/** Whether payments go to the built-in simulator instead of Stripe. */
export function usesSimulator(settings: Settings): boolean {
  return settings.stripeSecretKey === null && settings.stripeApiBase === null;
}
