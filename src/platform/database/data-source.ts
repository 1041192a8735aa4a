import type { DataSourceOptions } from 'typeorm';
import { sessionOf } from './fit.js';
import { migrations } from '../../../migrations/all.js';

/** How much longer than a statement may take its answer is waited for. */
export const UNANSWERED_MS = 2_000;

export interface DatabaseOptions {
  url: string;
  poolMax: number;
  applicationName: string;
  /** Milliseconds a statement may take, enforced by the server. */
  statementTimeoutMs?: number;
  lockTimeoutMs?: number;
  onRetry?(): void;
}

/** The pool, the migrations and the limits, as TypeORM wants them. */
export function dataSourceOptions(options: DatabaseOptions): DataSourceOptions {
  const { statementTimeoutMs = 15_000, lockTimeoutMs = 2_000 } = options;
  const session = sessionOf(options.url);
  return {
    type: 'postgres',
    url: session.url,
    migrations,
    migrationsTableName: 'migrations',
    applicationName: options.applicationName,
    poolSize: options.poolMax,
    poolErrorHandler: () => undefined, // a dead idle connection is replaced by the pool; the next query tells
    extra: {
      connectionTimeoutMillis: 3_000,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      pipeline: true,
      options: session.options,
      statement_timeout: statementTimeoutMs,
      lock_timeout: lockTimeoutMs,
      idle_in_transaction_session_timeout: 10_000,
      // A server or a network that does not answer at all: the connection is given up.
      query_timeout: statementTimeoutMs + UNANSWERED_MS,
    },
  };
}
