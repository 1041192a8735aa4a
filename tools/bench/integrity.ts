import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { commandLine } from '#platform/command-line/command-line.js';
import { runJob, type Lifetime } from '#platform/command-line/lifetime.js';
import { makeDirectory, openPool, startDatabase } from './database.js';
import { loadHistory } from './history.js';
import { load, seedProducts, startClient, startProgram } from './program.js';

const { values } = commandLine({
  name: 'npm run bench:integrity',
  purpose:
    'Measures how long the integrity check takes over many orders, how much memory it needs, and whether orders are placed meanwhile as they are without it.',
  options: {
    orders: {
      type: 'integer',
      placeholder: 'N',
      min: 1,
      max: 1_000_000_000,
      default: 1_000_000,
      text: 'how many orders are present (they are loaded first, which takes minutes)',
    },
  },
});
const { orders } = values;
const SECONDS = 5;
const say = (text: string) => process.stdout.write(`${text}\n`);

/** Resident memory of a process in MB, at its highest; shared pages count for everybody who has touched them. */
function peakMegabytes(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Private memory of the backend that checks, in MB: what a hash table of PostgreSQL takes. */
async function backendMegabytes(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'quittance-integrity'`,
  );
  return rows.reduce((sum, { pid }) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return sum + Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    } catch {
      return sum;
    }
  }, 0);
}

async function check(
  lifetime: Lifetime,
  pool: pg.Pool,
  databaseUrl: string,
): Promise<{
  seconds: number;
  programMb: number;
  backendMb: number;
  output: string;
  status: number | null;
}> {
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../src/app/cli/check-integrity.js', import.meta.url))],
    {
      env: { ...process.env, DATABASE_URL: databaseUrl },
    },
  );
  lifetime.onEnd(() => child.kill());
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  let [programMb, backendMb] = [0, 0];
  const timer = setInterval(() => {
    programMb = Math.max(programMb, peakMegabytes(child.pid!));
    void backendMegabytes(pool).then((megabytes) => (backendMb = Math.max(backendMb, megabytes)));
  }, 200);
  const status = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearInterval(timer);
  return { seconds: (performance.now() - begun) / 1000, programMb, backendMb, output, status };
}

await runJob({ text: 'The bench failed', code: 1 }, async (lifetime) => {
  const database = await startDatabase(lifetime, makeDirectory(lifetime));
  const program = await startProgram(lifetime, database.ownerUrl());
  const pool = openPool(lifetime, database.ownerUrl());
  const client = startClient(lifetime);
  const checkNow = () => check(lifetime, pool, database.ownerUrl());
  const { spread } = await seedProducts(pool);
  await loadHistory(pool, orders, (text) => process.stderr.write(`${text}\n`));
  const alone = await checkNow();
  say(alone.output.trim());
  const place = () =>
    load(client, { url: program.url, connections: 4, seconds: SECONDS, productIds: spread, linesPerOrder: 2 });
  const before = await place();
  const [beside, during] = await Promise.all([checkNow(), place()]);
  say('');
  say(
    `${orders} orders: ${alone.seconds.toFixed(1)} s, program ${alone.programMb.toFixed(0)} MB, its backend ${alone.backendMb.toFixed(0)} MB of its own`,
  );
  say(
    `beside ${during.answers} orders that were placed meanwhile: ${beside.seconds.toFixed(1)} s, exit ${beside.status}`,
  );
  say(
    `placing at 4 connections: alone ${(before.answers / before.seconds).toFixed(0)}/s, p99 ${before.p99.toFixed(1)} ms; beside the check ${(during.answers / during.seconds).toFixed(0)}/s, p99 ${during.p99.toFixed(1)} ms`,
  );
  return 0;
});
