import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../src/platform/database/embedded-postgres.js';
import { placeByPlainStatements } from './baseline.js';
import type { LoadResult } from './load.js';
import { cpuSecondsOf, load, median, seedProducts, startClient, startProgram } from './program.js';

/**
 * `npm run bench`: orders per second over HTTP at 1, 8, 32 and 64 connections, spread over many products and on one hot
 * product, beside PostgreSQL's own limit for the same work on the same database, interleaved in the same run.
 *
 *   --rounds N    how often each pair is measured (3); medians are printed
 *   --seconds N   how long each measurement takes (3)
 *   --json        prints the figures as JSON instead of a table
 */
const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const rounds = option('rounds', 3);
const seconds = option('seconds', 3);
const asJson = process.argv.includes('--json');
const LINES = 2;

const progress = (text: string) => process.stderr.write(`${text}\n`);

/** Batches and placed orders so far, as the program itself counts them. */
async function batches(url: string): Promise<{ count: number; sum: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^group_commit_batch_size_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  return { count: read('count'), sum: read('sum') };
}

function residentMegabytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return NaN;
  }
}

interface Row {
  scenario: string;
  connections: number;
  ordersPerSecond: number;
  p50: number;
  p99: number;
  batch: number;
  cpuMsPerOrder: number;
  baseline: number;
  baselineP50: number;
  ratio: number;
  memory: number;
}

async function measure(): Promise<Row[]> {
  const external = process.env['DATABASE_URL'];
  const directory = mkdtempSync(join(tmpdir(), 'quittance-bench-'));
  const embedded = external ? null : await EmbeddedPostgres.start(directory);
  const databaseUrl = external ?? embedded!.url();
  const program = await startProgram(databaseUrl);
  const client = startClient();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const rows: Row[] = [];
  try {
    const products = await seedProducts(pool);
    progress('Warming up ...');
    await load(client, { url: program.url, connections: 32, seconds: 3, productIds: products.spread, linesPerOrder: LINES });
    for (const [scenario, productIds] of [
      ['spread', products.spread],
      ['hot', products.hot],
    ] as const) {
      for (const connections of [1, 8, 32, 64]) {
        const ours: LoadResult[] = [];
        const theirs: { rate: number; p50: number }[] = [];
        const sizes: number[] = [];
        const cpu: number[] = [];
        for (let round = 1; round <= rounds; round++) {
          progress(`${scenario}, ${connections} connections, round ${round} of ${rounds}`);
          const before = { ...(await batches(program.url)), cpu: cpuSecondsOf(program.child.pid!) };
          const result = await load(client, { url: program.url, connections, seconds, productIds: [...productIds], linesPerOrder: LINES });
          const after = { ...(await batches(program.url)), cpu: cpuSecondsOf(program.child.pid!) };
          ours.push(result);
          sizes.push((after.sum - before.sum) / (after.count - before.count));
          cpu.push(((after.cpu - before.cpu) * 1000) / result.answers);
          const baseline = await placeByPlainStatements(databaseUrl, Math.min(connections, 32), seconds, productIds, LINES);
          theirs.push({ rate: baseline.orders / baseline.seconds, p50: baseline.p50 });
        }
        const ordersPerSecond = median(ours.map((result) => result.answers / result.seconds));
        const baseline = median(theirs.map(({ rate }) => rate));
        rows.push({
          scenario,
          connections,
          ordersPerSecond,
          p50: median(ours.map(({ p50 }) => p50)),
          p99: median(ours.map(({ p99 }) => p99)),
          batch: median(sizes),
          cpuMsPerOrder: median(cpu),
          baseline,
          baselineP50: median(theirs.map(({ p50 }) => p50)),
          ratio: median(ours.map((result, i) => result.answers / result.seconds / theirs[i]!.rate)),
          memory: residentMegabytes(program.child.pid!),
        });
      }
    }
  } finally {
    client.disconnect();
    await program.stop();
    await pool.end();
    await embedded?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  return rows;
}

function table(rows: readonly Row[]): string {
  const lines = [
    '| products | connections | orders/s | p50 ms | p99 ms | orders per batch | CPU ms per order | plain statements/s | p50 ms | ratio | memory MB |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(
      (r) =>
        `| ${r.scenario} | ${r.connections} | ${r.ordersPerSecond.toFixed(0)} | ${r.p50.toFixed(1)} | ${r.p99.toFixed(1)} | ${r.batch.toFixed(1)} | ${r.cpuMsPerOrder.toFixed(2)} | ${r.baseline.toFixed(0)} | ${r.baselineP50.toFixed(1)} | ${r.ratio.toFixed(2)} | ${r.memory.toFixed(0)} |`,
    ),
  ];
  const best = (scenario: string) => Math.max(...rows.filter((r) => r.scenario === scenario).map((r) => r.baseline));
  const at64 = (scenario: string) => rows.find((r) => r.scenario === scenario && r.connections === 64)!.ordersPerSecond;
  lines.push(
    '',
    `At 64 connections against plain statements at their best client count: spread ${(at64('spread') / best('spread')).toFixed(2)}x, hot ${(at64('hot') / best('hot')).toFixed(2)}x.`,
  );
  lines.push(
    `Orders of ${LINES} lines (one line when hot), durable commits; medians of ${rounds} interleaved rounds of ${seconds} s. The plain statements run on at most 32 clients.`,
  );
  return lines.join('\n');
}

const rows = await measure();
process.stdout.write(asJson ? `${JSON.stringify(rows, null, 2)}\n` : `${table(rows)}\n`);
