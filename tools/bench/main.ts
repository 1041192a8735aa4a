import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { EmbeddedPostgres } from '#platform/database/embedded-postgres.js';
import { byOneStatement, byPlainStatements, placing, readingOrders, type Baseline } from './baseline.js';
import { loadHistory } from './history.js';
import type { Kind, LoadPlan, LoadResult } from './load.js';
import {
  cpuSecondsOf,
  cpuSecondsOfAll,
  load,
  median,
  seedProducts,
  startClient,
  startProgram,
  type Program,
} from './program.js';
import { bars, report, type Finding, type Measured, type Overload } from './report.js';

const help = `npm run bench -- [options]

Starts the program as a user would, drives it over HTTP with a closed-loop client that checks every answer, and measures
PostgreSQL alone with the same work on the same database in the same run, in turns.

  --rounds 3             how often everything is measured; medians are told
  --seconds 3            how long each measurement takes
  --volumes 1000000      also with so many orders present, comma separated (they are loaded first, which takes minutes)
  --scale-out            also with two API processes and one worker
  --json                 prints the figures as JSON instead of tables
  --no-report            does not write bench/results/
`;

const { values: chosen } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    volumes: { type: 'string', default: '' },
    'scale-out': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    'no-report': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (chosen.help) {
  process.stdout.write(help);
  process.exit(0);
}
const rounds = Math.max(1, Number(chosen.rounds));
const seconds = Math.max(1, Number(chosen.seconds));
const LINES = 2;
const CUSTOMERS = 1_000;
const DRAINED = 40_000;
const progress = (text: string) => process.stderr.write(`${text}\n`);

const external = process.env['DATABASE_URL'];
const directory = mkdtempSync(join(tmpdir(), 'quittance-bench-'));
const embedded = external
  ? null
  : await EmbeddedPostgres.start(directory, ['shared_preload_libraries=pg_stat_statements']);
const databaseUrl = external ?? embedded!.url();
const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
let program: Program = await startProgram(databaseUrl);
const client = startClient();
const hasStatements = await pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements').then(
  () => true,
  () => false,
);
const { spread, hot, soldOut } = await seedProducts(pool);
await pool.query(
  `INSERT INTO balance_accounts (id, customer_id, currency, available, blocked, created_at, updated_at)
   SELECT gen_random_uuid(), 'bench-' || n, 'USD', 1000000000000, 0, now(), now() FROM generate_series(0, $1) n`,
  [CUSTOMERS - 1],
);

async function one(text: string): Promise<number> {
  return Number(Object.values((await pool.query<Record<string, string>>(text)).rows[0]!)[0]);
}

function residentMegabytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return NaN;
  }
}

/** Everything that can be read off the machine before and after a measurement. */
async function readings() {
  const text = await (await fetch(`${program.url}/metrics`)).text();
  const batch = (name: string) =>
    Number(new RegExp(`^group_commit_batch_size_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    batches: batch('count'),
    batched: batch('sum'),
    program: cpuSecondsOf(program.child.pid!),
    database: embedded ? cpuSecondsOfAll(embedded.pid!) : NaN,
    client: cpuSecondsOf(client.pid!),
    wal: await one(`SELECT pg_current_wal_insert_lsn() - '0/0'`),
    statements: hasStatements
      ? await one(
          `SELECT sum(calls) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = current_database()`,
        )
      : NaN,
  };
}

let orderIds: string[] = [];

/** Waits until what was asked for before has been done: payments go on in the background for a while. */
async function quiet(): Promise<void> {
  for (let calm = 0; calm < 5; await sleep(100)) {
    calm =
      (await one(
        `SELECT count(*) FROM (SELECT FROM outbox WHERE due_at <= now() + interval '2 seconds' LIMIT 1) o`,
      )) === 0
        ? calm + 1
        : 0;
  }
}

async function ours(kind: Kind, connections: number, more: Partial<LoadPlan> = {}): Promise<Measured> {
  const plan = {
    url: program.url,
    connections,
    seconds,
    productIds: spread,
    linesPerOrder: LINES,
    kind,
    orderIds,
    ...more,
  };
  const before = await readings();
  const result = await load(client, plan);
  const after = await readings();
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

/** What is measured in every round, by name. Plain numbers are rates or times of PostgreSQL alone. */
const plainAt = [1, 8, 16, 32];
const oneAt = [8, 16, 32];
const scenarios: readonly (readonly [string, () => Promise<Measured | Baseline>])[] = [
  ['place 1', () => ours('place', 1)],
  ['place 8', () => ours('place', 8)],
  ['place 32', () => ours('place', 32)],
  ['place 64', () => ours('place', 64)],
  ...plainAt.map(
    (n) => [`plain ${n}`, () => placing(byPlainStatements, databaseUrl, n, seconds, spread, LINES)] as const,
  ),
  ...oneAt.map((n) => [`one ${n}`, () => placing(byOneStatement, databaseUrl, n, seconds, spread, LINES)] as const),
  ['hot 64', () => ours('place', 64, { productIds: hot })],
  ['hot plain 32', () => placing(byPlainStatements, databaseUrl, 32, seconds, hot, LINES)],
  ['hot one 32', () => placing(byOneStatement, databaseUrl, 32, seconds, hot, LINES)],
  ['sold out 64', () => ours('sold-out', 64, { productIds: soldOut })],
  ['replay 64', () => ours('replay', 64)],
  ['get 64', () => ours('get', 64)],
  ['read alone 16', () => readingOrders(databaseUrl, 16, seconds, orderIds)],
  ['list 32', () => ours('list', 32)],
  ['mixed 64', () => ours('mixed', 64)],
  ['balance 64', () => ours('place', 64, { paymentMethod: 'balance', customers: CUSTOMERS })],
  ['pay 32', () => ours('pay', 32)],
];

/** Events that a subscriber which does nothing takes, by the relay alone in a process of its own. */
async function drain(): Promise<number> {
  const child = fork(fileURLToPath(new URL('./drain.js', import.meta.url)), {
    env: { ...process.env, DATABASE_URL: databaseUrl },
  });
  await new Promise((resolve) => child.once('message', resolve));
  await pool.query(
    `WITH made AS (
       INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at)
       SELECT gen_random_uuid(), 'bench.happened', 'bench', gen_random_uuid(), 1, '{"filler": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}', now()
       FROM generate_series(1, $1) RETURNING id)
     INSERT INTO outbox (event_id, subscriber, due_at) SELECT id, 'DoNothing', now() FROM made`,
    [DRAINED],
  );
  await pool.query('ANALYZE outbox');
  const begun = performance.now();
  child.send('start');
  while ((await one(`SELECT count(*) FROM (SELECT FROM outbox WHERE subscriber = 'DoNothing' LIMIT 1) o`)) > 0)
    await sleep(20);
  const rate = DRAINED / ((performance.now() - begun) / 1000);
  child.disconnect();
  await new Promise((resolve) => child.once('exit', resolve));
  await pool.query('VACUUM outbox');
  return rate;
}

const SATURATING = 64;

/** Twice as many clients as saturate it, and then thirty times as many: what comes through, and how fast others are turned away. */
async function overload(): Promise<Overload> {
  const at = (connections: number) =>
    load(client, {
      url: program.url,
      connections,
      seconds: seconds * 2,
      productIds: spread,
      linesPerOrder: LINES,
      mayBeTurnedAway: true,
    });
  const rate = ({ answers, seconds: took }: LoadResult) => answers / took;
  const peak = rate(await at(SATURATING));
  const twice = await at(2 * SATURATING);
  const flood = await at(30 * SATURATING);
  return {
    peak,
    twice: { rate: rate(twice), p99: twice.p99 },
    flood: {
      connections: 30 * SATURATING,
      rate: rate(flood),
      p99: flood.p99,
      refused: flood.statuses[503] ?? 0,
      refusalP99: flood.refusalP99,
    },
  };
}

async function scaleOut(): Promise<{ rate: number; lost: number; double: number; p99: number }> {
  await program.stop();
  // Nobody pays here, so the payment provider is only named.
  const env = {
    STRIPE_SECRET_KEY: 'sk_test_bench',
    STRIPE_API_BASE: 'http://127.0.0.1:9',
    STRIPE_WEBHOOK_SECRET: 'whsec_bench_bench_bench',
  };
  const parts = await Promise.all(
    ['api', 'api', 'worker'].map((ROLE) => startProgram(databaseUrl, undefined, [], { ...env, ROLE })),
  );
  const orders = () => one('SELECT count(*) FROM orders');
  const before = await orders();
  const result = await load(client, {
    ...{
      url: parts[0]!.url,
      moreUrls: [parts[1]!.url],
      connections: 64,
      seconds: seconds * 2,
      productIds: spread,
      linesPerOrder: LINES,
    },
  });
  const made = (await orders()) - before;
  await Promise.all(parts.map((part) => part.stop()));
  program = await startProgram(databaseUrl);
  return {
    rate: result.answers / result.seconds,
    p99: result.p99,
    lost: Math.max(0, result.answers - made),
    double: Math.max(0, made - result.answers),
  };
}

try {
  progress('Warming up ...');
  await load(client, { url: program.url, connections: 32, seconds: 4, productIds: spread, linesPerOrder: LINES });
  orderIds = (await pool.query<{ id: string }>('SELECT id FROM orders ORDER BY random() LIMIT 5000')).rows.map(
    ({ id }) => id,
  );
  await pool.query('VACUUM ANALYZE');
  const measured = new Map<string, (Measured | Baseline)[]>();
  const drains: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const [name, measure] of scenarios) {
      progress(`round ${round} of ${rounds}: ${name}`);
      await quiet();
      measured.set(name, [...(measured.get(name) ?? []), await measure()]);
    }
    progress(`round ${round} of ${rounds}: outbox drain`);
    drains.push(await drain());
  }
  progress('overload');
  const overloaded = await overload();
  const scaled = chosen['scale-out'] ? (progress('scale-out'), await scaleOut()) : null;

  const volumes: { orders: number; rate: number; empty: number }[] = [];
  const empty = median(measured.get('place 64')!.map(({ rate }) => rate));
  let present = 0;
  for (const orders of chosen.volumes.split(',').filter(Boolean).map(Number)) {
    await loadHistory(pool, orders - present, progress, present);
    present = orders;
    await load(client, { url: program.url, connections: 64, seconds: 2, productIds: spread, linesPerOrder: LINES });
    const rates: number[] = [];
    await quiet();
    for (let round = 0; round < rounds; round++) rates.push((await ours('place', 64)).rate);
    volumes.push({ orders, rate: median(rates), empty });
  }

  const all = (name: string) => measured.get(name)!;
  const rateOf = (name: string) => median(all(name).map(({ rate }) => rate));
  const p50Of = (name: string) => median(all(name).map(({ p50 }) => p50));
  const bestOf = (kind: string, counts: readonly number[]) => Math.max(...counts.map((n) => rateOf(`${kind} ${n}`)));
  const finding = (what: string, value: number, wanted: number, unit = 'x', atMost = false): Finding => ({
    what,
    value,
    wanted,
    unit,
    atMost,
  });
  const findings: Finding[] = [
    finding(
      'place, spread, 64 connections / plain statements at their best',
      rateOf('place 64') / bestOf('plain', plainAt),
      1.5,
    ),
    finding('place, spread, 64 connections / one statement at its best', rateOf('place 64') / bestOf('one', oneAt), 1),
    finding(
      'place, one hot product, 64 connections / plain statements, 32 clients',
      rateOf('hot 64') / rateOf('hot plain 32'),
      8,
    ),
    finding(
      'place, one client: p50 / p50 of plain statements, one client',
      p50Of('place 1') / p50Of('plain 1'),
      2,
      'x',
      true,
    ),
    finding('sold-out refusals / placements', rateOf('sold out 64') / rateOf('place 64'), 1.5),
    finding('idempotent replays / placements', rateOf('replay 64') / rateOf('place 64'), 1.5),
    finding('GET order by id / the same statement alone', rateOf('get 64') / rateOf('read alone 16'), 0.25),
    ...volumes.map(({ orders, rate }) =>
      finding(`placements with ${orders.toLocaleString('en')} orders present / with few`, rate / empty, 0.8),
    ),
    finding('outbox: events taken by a subscriber that does nothing', median(drains), 10_000, '/s'),
    finding('place, 32 connections: p99 / p50', median(all('place 32').map(({ p50, p99 }) => p99 / p50)), 5, 'x', true),
    finding('twice the saturating load: orders placed / at the peak', overloaded.twice.rate / overloaded.peak, 0.8),
    finding(
      'thirty times the saturating load: orders placed / at the peak',
      overloaded.flood.rate / overloaded.peak,
      0.8,
    ),
  ];
  const medians = (name: string): Measured => {
    const list = all(name) as Measured[];
    const of = (read: (m: Measured) => number) => median(list.map(read).filter((value) => !Number.isNaN(value)));
    return {
      rate: of((m) => m.rate),
      p50: of((m) => m.p50),
      p99: of((m) => m.p99),
      batch: of((m) => m.batch),
      programMs: of((m) => m.programMs),
      databaseMs: of((m) => m.databaseMs),
      clientMs: of((m) => m.clientMs),
      walBytes: of((m) => m.walBytes),
      statements: of((m) => m.statements),
      memoryMb: of((m) => m.memoryMb),
    };
  };
  const results = {
    at: new Date().toISOString(),
    node: process.version,
    rounds,
    seconds,
    findings,
    scenarios: scenarios.map(([name]) => ({ name, ...medians(name) })),
    overload: overloaded,
    scaleOut: scaled,
  };
  const text = report(results);
  process.stdout.write(chosen.json ? `${JSON.stringify(results, null, 2)}\n` : text);
  if (!chosen['no-report']) {
    const folder = join(process.cwd(), 'tools/bench/results');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'report.md'), text);
    writeFileSync(join(folder, 'report.json'), `${JSON.stringify(results, null, 2)}\n`);
    const rates = (names: readonly string[]) => names.map((name) => ({ name, value: rateOf(name) }));
    writeFileSync(
      join(folder, 'placing.svg'),
      bars(
        'Orders placed per second',
        rates(['place 64', 'one 16', 'plain 16', 'hot 64', 'hot one 32', 'hot plain 32']),
      ),
    );
    writeFileSync(
      join(folder, 'scenarios.svg'),
      bars(
        'Answers per second over HTTP',
        rates(['place 64', 'sold out 64', 'replay 64', 'get 64', 'list 32', 'mixed 64', 'balance 64', 'pay 32']),
      ),
    );
    progress('bench/results/ is written.');
  }
} finally {
  client.disconnect();
  await program.stop();
  await pool.end();
  await embedded?.stop();
  rmSync(directory, { recursive: true, force: true });
}
