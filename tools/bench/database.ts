import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Lifetime } from '#platform/command-line/lifetime.js';
import { EmbeddedPostgres } from '#platform/database/embedded-postgres.js';

/** A query that is cut short must not keep the end waiting. */
const END_MS = 1_000;

/** A directory of its own that is gone at the end. */
export function makeDirectory(lifetime: Lifetime): string {
  const directory = mkdtempSync(join(tmpdir(), 'quittance-bench-'));
  lifetime.onEnd(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An embedded database that is stopped at the end. */
export function startDatabase(
  lifetime: Lifetime,
  directory: string,
  flags: readonly string[] = [],
): Promise<EmbeddedPostgres> {
  return lifetime.start(
    () => EmbeddedPostgres.start(directory, flags),
    (database) => database.stop(),
  );
}

export function openPool(lifetime: Lifetime, url: string, max = 2): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max });
  pool.on('error', () => undefined); // an idle connection was lost; the next query says so
  lifetime.onEnd(() => Promise.race([pool.end(), sleep(END_MS, undefined, { ref: false })]));
  return pool;
}
