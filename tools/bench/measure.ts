import { readFileSync } from 'node:fs';
import type { Kind, LoadPlan } from './asks.js';
import { cpuSecondsOf, cpuSecondsOfAll, load } from './program.js';
import type { Measured } from './report.js';
import { LINES, one, type BenchShop } from './shop.js';

function residentMegabytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return NaN;
  }
}

/** How many statements the database has executed; NaN where it does not count them. */
export const statementsOf = ({ pool, hasStatements }: BenchShop): Promise<number> =>
  hasStatements
    ? one(
        pool,
        `SELECT sum(calls) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = current_database()`,
      )
    : Promise.resolve(NaN);

/** Everything that can be read off the machine before and after a measurement. */
async function readings(shop: BenchShop) {
  const { program, client, embedded, pool } = shop;
  const text = await (await fetch(`${program.url}/metrics`)).text();
  const batch = (name: string) =>
    Number(new RegExp(`^group_commit_batch_size_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    batches: batch('count'),
    batched: batch('sum'),
    program: cpuSecondsOf(program.child.pid!),
    database: embedded ? cpuSecondsOfAll(embedded.pid!) : NaN,
    client: cpuSecondsOf(client.pid!),
    wal: await one(pool, `SELECT pg_current_wal_insert_lsn() - '0/0'`),
    statements: await statementsOf(shop),
  };
}

/** Drives the program in a closed loop and says what an answer cost. */
export async function ours(
  shop: BenchShop,
  kind: Kind,
  connections: number,
  more: Partial<LoadPlan> = {},
): Promise<Measured> {
  const { program, client, products, orderIds, seconds } = shop;
  const plan = {
    url: program.url,
    connections,
    seconds,
    productIds: products.spread,
    linesPerOrder: LINES,
    kind,
    orderIds,
    ...more,
  };
  const before = await readings(shop);
  const result = await load(client, plan);
  const after = await readings(shop);
  const per = (name: 'program' | 'database' | 'client') => ((after[name] - before[name]) * 1000) / result.answers;
  return {
    rate: result.answers / result.seconds,
    p50: result.p50,
    p99: result.p99,
    batch: (after.batched - before.batched) / (after.batches - before.batches),
    programMs: per('program'),
    databaseMs: per('database'),
    clientMs: per('client'),
    walBytes: (after.wal - before.wal) / result.answers,
    statements: (after.statements - before.statements) / result.answers,
    memoryMb: residentMegabytes(program.child.pid!),
  };
}
