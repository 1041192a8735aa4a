import { messageOf } from '#platform/command-line/message-of.js';
import { DataDirectoryFailed } from '#platform/database/data-directory.js';
import { DatabaseUnfit } from '#platform/database/fit.js';
import { SchemaBehind } from '#platform/database/migrate.js';
import { EmbeddedDatabaseFailed } from '#platform/database/run-as.js';
import { UnknownStoredIds } from '#platform/outbox/stored-ids.sql.js';
import { UnknownDataKey } from '#platform/sealing/sealed-columns.sql.js';
import { BadSettings } from '#platform/settings/settings.js';
import { ProcessFailed } from './processes.js';
import type { AppSettings } from './settings.js';

/** Failures whose message says what to do. */
const ownWords = [
  ProcessFailed,
  DatabaseUnfit,
  DataDirectoryFailed,
  EmbeddedDatabaseFailed,
  SchemaBehind,
  UnknownDataKey,
];

/** Clear lines, no stack: these are faults of the surroundings, not of the program. */
export function startFailure(error: unknown, settings: AppSettings | null): string[] {
  if (error instanceof BadSettings)
    return ['These settings are not right:', ...error.complaints.map((complaint) => `  ${complaint}`)];
  if (error instanceof UnknownStoredIds) return [...error.lines];
  if (ownWords.some((kind) => error instanceof kind)) return [(error as Error).message];
  const { code, message, syscall, hostname } = error as NodeJS.ErrnoException & { hostname?: string };
  if (code === 'EADDRINUSE')
    return [
      `Port ${settings?.port} on ${settings?.host} is taken. Stop what listens there, or set PORT (0 picks a free one).`,
    ];
  const isUnknownHost = syscall === 'getaddrinfo' && hostname === settings?.host;
  if (syscall === 'listen' || code === 'EADDRNOTAVAIL' || isUnknownHost)
    return [`Cannot listen on ${settings?.host}:${settings?.port}: ${message}`];
  if (settings?.databaseUrl && isDatabaseFault(error))
    return [
      `The database at ${withoutPassword(settings.databaseUrl)} cannot be used: ${messageOf(error)}${adviceOf(error)}`,
    ];
  if (code === 'EACCES' || code === 'EPERM' || code === 'ENOSPC' || code === 'EROFS')
    return [`The data directory ${settings?.dataDir} cannot be used: ${message}`];
  return [`The server could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
}

function isDatabaseFault(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  return (
    /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|[0-9A-Z]{5}$)/.test(code ?? '') ||
    /timeout|terminated|password|SASL|SSL|certificate|startup parameter|prepared statement/i.test(message) ||
    /^(?:ERR_TLS|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_)/.test(code ?? '') ||
    error instanceof AggregateError
  );
}

/** What to do about faults that say little by themselves. */
function adviceOf(error: unknown): string {
  const text = `${messageOf(error)} ${(error as { code?: string }).code ?? ''}`;
  if (/certificate|SELF_SIGNED|DEPTH_ZERO/i.test(text))
    return '. In DATABASE_URL, sslrootcert=FILE names the certificate of its issuer; sslmode=no-verify encrypts without checking it';
  if (/does not support SSL/i.test(text)) return '. In DATABASE_URL, sslmode=disable connects without TLS';
  if (/startup parameter|prepared statement .* already exists/i.test(text))
    return '. Through PgBouncer in transaction mode: version 1.21 or newer, max_prepared_statements above 0, and ignore_startup_parameters = statement_timeout, lock_timeout, idle_in_transaction_session_timeout, options';
  return '';
}

export function withoutPassword(url: string): string {
  const parsed = new URL(url);
  return `${parsed.host}${parsed.pathname}`;
}
