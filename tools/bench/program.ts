import { fork, spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';
import type { Lifetime } from '#platform/command-line/lifetime.js';
import { makeDirectory } from './database.js';
import type { LoadPlan } from './asks.js';
import type { LoadResult } from './load.js';

export const SPREAD_PRODUCTS = 10_000;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

export interface Program {
  child: ChildProcess;
  url: string;
  stop(): Promise<void>;
}

/** As `npm start` and the image have it. */
const NODE_FLAGS = ['--max-semi-space-size=32'];

interface ProgramOptions {
  readonly entry?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the program as a user would, on an existing database. It is stopped at the end, if not before. */
export function startProgram(lifetime: Lifetime, databaseUrl: string, options: ProgramOptions = {}): Promise<Program> {
  // Its own simulator state: what an earlier bench has left unsent is about another database.
  const env = { DATA_DIR: makeDirectory(lifetime), ...options.env };
  return lifetime.start(
    () => launch(databaseUrl, { ...options, env }),
    (program) => program.stop(),
  );
}

async function launch(
  databaseUrl: string,
  { entry = '../../src/main.js', env = {} }: ProgramOptions,
): Promise<Program> {
  const child = spawn(process.execPath, [...NODE_FLAGS, here(entry)], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      NODE_ENV: 'test',
      PORT: '0',
      DEMO_DATA: 'false',
      SIMULATOR_DELAY_MS: '0',
      SHUTDOWN_GRACE_SECONDS: '1', // what is under way when a bench ends is not waited for
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < 10_000) output += text;
      const found = /API\s+(http:\S+)\/api\/v1/.exec(output)?.[1];
      if (found) resolve(found);
    });
    void ended.then(() => reject(new Error(`The program did not start:\n${output}`)));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { child, url, stop };
}

/** A child that talks to its parent by IPC. It is ended at the end. */
export function startChild(lifetime: Lifetime, path: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = fork(here(path), { env: { ...process.env, ...env } });
  lifetime.onEnd(() => child.kill());
  return child;
}

export function startClient(lifetime: Lifetime, apiKey = 'test-key-123'): ChildProcess {
  return startChild(lifetime, './load.js', { BENCH_API_KEY: apiKey });
}

export function load(client: ChildProcess, plan: LoadPlan): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    client.once('message', (message) => {
      const result = message as LoadResult;
      if (result.wrong > 0) reject(new Error(`Wrong answers: ${JSON.stringify(result)}`));
      else resolve(result);
    });
    client.send(plan);
  });
}

/** 15 bytes each: a description of 1.5 kB, which is below the size that PostgreSQL stores elsewhere. */
const DESCRIPTION_WORDS = 100;

/** SQL: the id of what has this name, with the version and the variant of a UUID. */
export const benchId = (name: string): string =>
  `overlay(overlay(md5(${name}) placing '7' from 13) placing '8' from 17)::uuid`;

/** Many products with plenty of stock, whose ids pgbench can work out, one of them for everybody, and one that is sold out; their stock is in the books. */
export async function seedProducts(pool: pg.Pool): Promise<{ spread: string[]; hot: string[]; soldOut: string[] }> {
  await pool.query(
    `WITH made AS (
       INSERT INTO products (id, sku, name, description, price, currency, active, metadata, version, created_at, updated_at)
       SELECT ${benchId("'bench-' || n")}, 'bench-' || n, 'product', repeat('words about it ', $2), 100, 'USD', true, '{}', 1, now(), now()
       FROM generate_series(1, $1) n ON CONFLICT DO NOTHING RETURNING id, CASE sku WHEN 'bench-1' THEN 0 ELSE 1000000000 END AS stock),
     counted AS (INSERT INTO inventory (product_id, stock) SELECT id, stock FROM made)
     INSERT INTO stock_adjustments (id, product_id, delta, reason, stock, created_at) SELECT gen_random_uuid(), id, stock, 'bench', stock, now() FROM made WHERE stock > 0`,
    [SPREAD_PRODUCTS + 2, DESCRIPTION_WORDS],
  );
  const { rows } = await pool.query<{ id: string; sku: string }>(
    `SELECT id, sku FROM products WHERE sku LIKE 'bench-%'`,
  );
  const of = (sku: string) => rows.filter((row) => row.sku === sku).map((row) => row.id);
  await pool.query('VACUUM ANALYZE products');
  await pool.query('VACUUM ANALYZE inventory');
  const spread = rows.filter((row) => row.sku !== 'bench-1' && row.sku !== 'bench-2').map((row) => row.id);
  return { spread, hot: of('bench-2'), soldOut: of('bench-1') };
}

/** CPU seconds that a process has used (Linux: ticks of 10 ms). */
export const cpuSecondsOf = (pid: number): number => ticksOf(pid, 11) / 100;

/** CPU seconds of the children of a process that have ended. */
const cpuSecondsOfEnded = (pid: number): number => ticksOf(pid, 13) / 100;

/** User and system time stand beside each other. */
function ticksOf(pid: number, field: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[field]) + Number(fields[field + 1]);
  } catch {
    return NaN;
  }
}

/** CPU seconds of a process and of its children, such as a PostgreSQL server with its backends; pools end what is idle. */
export function cpuSecondsOfAll(pid: number): number {
  const children = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
    } catch {
      return false;
    }
  });
  return [...[pid, ...children.map(Number)].map(cpuSecondsOf), cpuSecondsOfEnded(pid)].reduce(
    (sum, seconds) => sum + (Number.isNaN(seconds) ? 0 : seconds),
    0,
  );
}
