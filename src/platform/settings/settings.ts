import { resolve } from 'node:path';
import type { SettingsReader } from './settings-reader.js';

export type Role = 'all' | 'api' | 'worker';

/** The settings of the platform; also their DI token. Names follow the environment variables. */
export abstract class Settings {
  abstract readonly port: number;
  abstract readonly host: string;
  abstract readonly nodeEnv: 'development' | 'production' | 'test';
  abstract readonly role: Role;
  /** Null: the embedded PostgreSQL in dataDir. */
  abstract readonly databaseUrl: string | null;
  /** Of the owner of the tables, for migrations; null when the role of DATABASE_URL owns them. */
  abstract readonly databaseOwnerUrl: string | null;
  /** How many processes share the port; the first one has the scheduler and the consumers. */
  abstract readonly processes: number;
  abstract readonly databasePoolMax: number;
  abstract readonly dataDir: string;
  abstract readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  abstract readonly corsOrigins: readonly string[];
  /** Published keys and secrets work: the embedded database, a loopback host, no money, not production. */
  abstract readonly isDemo: boolean;
  /** Whether Swagger UI and the OpenAPI document are served. */
  abstract readonly docs: boolean;
  /** What Prometheus sends as a bearer token; null: metrics and the details of health are for this machine only in production. */
  abstract readonly metricsToken: string | null;
  /** Secrets from which the keys are derived that seal what is stored: the first seals, every one opens. */
  abstract readonly dataKeys: readonly string[];
  /** Where metrics are served beside the API's port; 0 picks a free one, null serves them there only. */
  abstract readonly metricsPort: number | null;
  /** Whose X-Forwarded-For is believed: none, all, that of so many proxies, or that of these addresses. */
  abstract readonly trustProxy: boolean | number | string;
  /** How long idempotency records are kept, other than lasting ones. */
  abstract readonly idempotencyRetentionHours: number;
  abstract readonly outboxPollMs: number;
  /** Seconds in which a reaction must renew its claim; after a crash its rows are taken over this much later. */
  abstract readonly outboxLeaseSeconds: number;
  /** Requests that may be under way at once; a further one gets 503 and Retry-After at once. */
  abstract readonly httpMaxUnderWay: number;
  /** Seconds that requests under way get to finish at shutdown. */
  abstract readonly shutdownGraceSeconds: number;
  abstract readonly failpoint: string | null;
  /** How wrong this process's clock is, for tests. */
  abstract readonly clockSkewSeconds: number;
}

/** Seals the secrets of the embedded demo. Published, therefore refused elsewhere. */
const DEMO_DATA_KEY = 'dev_data_key_for_the_embedded_demo_only';

export class BadSettings extends Error {
  constructor(readonly complaints: readonly string[]) {
    super(complaints.join('\n'));
  }
}

/** Of its 100, some are for tools and for the lookups of each process. */
const EMBEDDED_CONNECTIONS = 80;

export function readPlatformSettings(reader: SettingsReader): Settings {
  const nodeEnv = reader.choice('NODE_ENV', 'development', ['development', 'production', 'test']);
  const databaseUrl = readDatabaseUrl(reader);
  const role = reader.choice('ROLE', 'all', ['all', 'api', 'worker'] as const);
  if (databaseUrl === null && role !== 'all' && reader.text('ROLE'))
    reader.complain('ROLE', 'needs DATABASE_URL; the embedded database serves one process with ROLE=all');
  const processes = reader.integer('PROCESSES', 1, 1, 64);
  const databasePoolMax = reader.integer('DATABASE_POOL_MAX', 10, 2, 500);
  if (databaseUrl === null && processes > 1 && processes * databasePoolMax > EMBEDDED_CONNECTIONS)
    reader.complain(
      'PROCESSES',
      `${processes} processes with ${databasePoolMax} connections each (DATABASE_POOL_MAX) are more than the ${EMBEDDED_CONNECTIONS} that the embedded database has for them`,
    );
  // The name before 0.2.0 is still read.
  const retention =
    reader.text('IDEMPOTENCY_RETENTION_HOURS') === null ? 'RECEIPT_RETENTION_HOURS' : 'IDEMPOTENCY_RETENTION_HOURS';
  return {
    port: reader.integer('PORT', 3000, 0, 65535),
    host: reader.text('HOST') ?? '127.0.0.1',
    nodeEnv,
    role,
    databaseUrl,
    databaseOwnerUrl: ownerUrl(reader, databaseUrl),
    processes,
    databasePoolMax,
    dataDir: resolve(reader.text('DATA_DIR') ?? '.data'),
    logLevel: reader.choice('LOG_LEVEL', 'info', [
      'fatal',
      'error',
      'warn',
      'info',
      'debug',
      'trace',
      'silent',
    ] as const),
    corsOrigins: corsOrigins(reader),
    isDemo: reader.isDemo,
    metricsToken: metricsToken(reader),
    metricsPort: reader.text('METRICS_PORT') === null ? null : reader.integer('METRICS_PORT', 0, 0, 65_535),
    dataKeys: reader.secrets('DATA_KEY', DEMO_DATA_KEY, 32, false),
    docs: reader.flag('DOCS', !reader.isProduction),
    trustProxy: trustProxy(reader),
    idempotencyRetentionHours: reader.integer(retention, 168, 24, 87_600),
    outboxPollMs: reader.integer('OUTBOX_POLL_MS', 250, 10, 60_000),
    outboxLeaseSeconds: reader.integer('OUTBOX_LEASE_SECONDS', 15, 1, 600),
    httpMaxUnderWay: reader.integer('HTTP_MAX_UNDER_WAY', 2048, 1, 100_000),
    shutdownGraceSeconds: reader.integer('SHUTDOWN_GRACE_SECONDS', 10, 1, 600),
    failpoint: nodeEnv === 'production' ? null : reader.text('FAILPOINT'),
    clockSkewSeconds: nodeEnv === 'test' ? Number(reader.text('CLOCK_SKEW_SECONDS') ?? 0) : 0,
  };
}

/**
 * An unencoded @, /, ? or # in a password moves the end of the host: what follows would be looked up, and printed, as a
 * host or a database. A % that starts no code cannot be decoded.
 */
function readDatabaseUrl(reader: SettingsReader, name = 'DATABASE_URL'): string | null {
  const value = reader.url(name, ['postgres:', 'postgresql:']);
  if (value === null) return null;
  const { username, password, pathname, search, hash } = new URL(value);
  if (hash === '' && !`${pathname}${search}`.includes('@') && [username, password, pathname].every(isDecodable))
    return value;
  reader.complainWithoutValue(
    name,
    'must have the special characters of its user and password encoded, such as %40 for @ and %2F for /',
  );
  return null;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function ownerUrl(reader: SettingsReader, databaseUrl: string | null): string | null {
  const url = readDatabaseUrl(reader, 'DATABASE_OWNER_URL');
  if (url === null) return null;
  const others = databaseUrl === null ? null : new URL(databaseUrl);
  if (others === null) reader.complainWithoutValue('DATABASE_OWNER_URL', 'needs DATABASE_URL');
  else if (others.username === new URL(url).username)
    reader.complainWithoutValue(
      'DATABASE_OWNER_URL',
      'must name another role than DATABASE_URL: the owner of the tables',
    );
  return url;
}

function corsOrigins(reader: SettingsReader): string[] {
  const origins = reader.list('CORS_ORIGINS', reader.isDemo ? '*' : '');
  if (origins.includes('*') && !reader.isDemo)
    reader.complain('CORS_ORIGINS', 'must name the origins of the shop; * is for the demo only');
  for (const origin of origins) {
    if (origin !== '*' && !(URL.canParse(origin) && new URL(origin).origin === origin))
      reader.complain('CORS_ORIGINS', `"${origin}" is not an origin such as https://shop.example`);
  }
  return origins;
}

function metricsToken(reader: SettingsReader): string | null {
  return reader.secrets('METRICS_TOKEN', '', 16, false)[0] ?? null;
}

function trustProxy(reader: SettingsReader): boolean | number | string {
  const value = reader.text('TRUST_PROXY');
  if (value === null || value === 'false') return false;
  if (value === 'true') {
    if (reader.isProduction)
      reader.complain('TRUST_PROXY', 'believes every sender; say how many proxies there are, or their addresses');
    return true;
  }
  if (/^\d{1,2}$/.test(value)) return Number(value);
  if (value.split(',').every((part) => /^[0-9a-f.:]+(\/\d{1,3})?$/i.test(part.trim()))) return value;
  reader.complain('TRUST_PROXY', 'must be true, false, a number of proxies, or addresses such as 10.0.0.0/8');
  return false;
}
