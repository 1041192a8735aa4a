import { Busy, Unavailable } from '#kernel/errors.js';

interface PostgresError {
  code?: string;
  constraint?: string;
  message?: string;
}

export function sqlState(error: unknown): string | undefined {
  const code = (error as PostgresError | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** The name of the unique constraint that an error speaks of, if that is what it is. */
export function violatedUnique(error: unknown): string | undefined {
  return sqlState(error) === '23505' ? (error as PostgresError).constraint : undefined;
}

export function isDeadlockOrSerializationFailure(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40P01' || state === '40001';
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EMFILE',
  'ENFILE',
  'ENOENT',
]);
const networkWords =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Cannot use a pool after|pool is draining|Client was closed|Query runner already released/i;

/** Faults of the database turned into words of the kernel; everything else is left as it is. */
export function translated(error: unknown): unknown {
  const state = sqlState(error);
  if (state === '55P03' || state === '40P01' || state === '40001') return new Busy(error);
  // 08 connection, 53 out of resources (connections, disk, memory), 57P shutdown, 57014 statement timeout, 25006 read-only, 58 I/O
  if (state && (/^(08|53|57P|58)/.test(state) || state === '57014' || state === '25006' || state === '25P03')) {
    return new Unavailable('The database cannot take the request at the moment.', 1, error);
  }
  const { code, message } = (error ?? {}) as PostgresError;
  if ((code && networkCodes.has(code)) || (message && networkWords.test(message))) {
    return new Unavailable('The database cannot be reached at the moment.', 1, error);
  }
  return error;
}
