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
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|not queryable|Cannot use a pool after|pool is draining|Client was closed|Query runner already released/i;

/** Whether a connection was given up because no answer came over it. */
export function isSilence(error: unknown): boolean {
  return (error as PostgresError | null)?.message === 'Query read timeout';
}

/** Faults of the database turned into words of the kernel; everything else is left as it is. */
export function translated(error: unknown): unknown {
  const state = sqlState(error);
  if (state === '55P03' || state === '40P01' || state === '40001') return new Busy(error);
  // 08 connection, 53 out of resources (connections, disk, memory), 57P shutdown, 57014 statement timeout, 25006 read-only, 58 I/O
  if (state && (/^(08|53|57P|58)/.test(state) || state === '57014' || state === '25006' || state === '25P03')) {
    return new Unavailable('The database cannot process the request at the moment.', 1, error);
  }
  const { code, message } = (error ?? {}) as PostgresError;
  if ((code && networkCodes.has(code)) || (message && networkWords.test(message))) {
    return new Unavailable('The database cannot be reached at the moment.', 1, error);
  }
  return error;
}

/** What the database or the machine has run out of, for people who look after it; null when an error is about something else. */
export function shortageBehind(error: unknown): Shortage | null {
  const state = sqlState(error);
  const code = state ?? (error as PostgresError | null)?.code;
  const what = code === undefined ? undefined : shortages[code];
  if (what !== undefined) return { what, stopsEverything: state === '53100' || state === '58030' };
  const { message = '' } = (error ?? {}) as PostgresError;
  return message.includes('timeout exceeded when trying to connect')
    ? { what: 'No connection to it is free.', stopsEverything: false }
    : null;
}

export interface Shortage {
  readonly what: string;
  /** Whether nothing can be written as long as it lasts. */
  readonly stopsEverything: boolean;
}

const shortages: Readonly<Record<string, string>> = {
  '53100': 'Its disk is full.',
  '53200': 'It is out of memory.',
  '53300': 'It takes no more connections.',
  '53400': 'A limit of its configuration is reached.',
  '58030': 'It cannot read or write its disk.',
  EMFILE: 'This process has no file handles left (ulimit -n).',
  ENFILE: 'This machine has no file handles left.',
};
