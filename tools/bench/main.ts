import { commandLine } from '#platform/command-line/command-line.js';
import { runJob } from '#platform/command-line/lifetime.js';
import { drain } from './outbox-drain.js';
import { findingsOf, mediansOf } from './findings.js';
import { timingOptions } from './load-options.js';
import { overload, scaleOut } from './overload.js';
import { openLoop, paying } from './paying.js';
import { load } from './program.js';
import { report } from './report.js';
import { writeResults } from './results.js';
import { scenariosOf } from './scenarios.js';
import { LINES, openShop, quiet, type BenchShop } from './shop.js';
import type { Baseline } from './baseline.js';
import type { Measured } from './report.js';

const { values } = commandLine({
  name: 'npm run bench',
  purpose:
    'Measures every scenario over HTTP beside PostgreSQL alone. It starts the program as a user would, drives it with a closed-loop client that checks every answer, and does the same work on the same database without the program in the same run, in turns.',
  options: {
    ...timingOptions(3),
    'scale-out': { type: 'flag', text: 'also with two API processes and one worker' },
    json: { type: 'flag', text: 'print the figures as JSON instead of tables' },
    'no-report': { type: 'flag', text: 'do not write tools/bench/results/' },
  },
  environment: { DATABASE_URL: 'a database to measure on; without it an embedded one is started' },
  examples: ['npm run bench -- --rounds 1 --no-report'],
});
const { rounds, seconds } = values;

const progress = (text: string) => process.stderr.write(`${text}\n`);

const place = ({ client, program, products }: BenchShop, connections: number, forSeconds: number) =>
  load(client, {
    url: program.url,
    connections,
    seconds: forSeconds,
    productIds: products.spread,
    linesPerOrder: LINES,
  });

await runJob({ text: 'The bench failed', code: 1 }, async (lifetime) => {
  const shop = await openShop(lifetime, seconds);
  progress('Warming up ...');
  await place(shop, 32, 4);
  const { rows } = await shop.pool.query<{ id: string }>('SELECT id FROM orders ORDER BY random() LIMIT 5000');
  shop.orderIds = rows.map(({ id }) => id);
  // pgbench works with numbers only.
  await shop.pool.query('CREATE TABLE IF NOT EXISTS bench_orders (n int PRIMARY KEY, id uuid)');
  await shop.pool.query(
    'INSERT INTO bench_orders SELECT n, ($1::uuid[])[1 + (n - 1) % $2] FROM generate_series(1, 5000) n ON CONFLICT DO NOTHING',
    [shop.orderIds, shop.orderIds.length],
  );
  await shop.pool.query('VACUUM ANALYZE');
  const scenarios = scenariosOf(shop);
  const measured = new Map<string, (Measured | Baseline)[]>();
  const drains: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const [name, measure] of scenarios) {
      progress(`round ${round} of ${rounds}: ${name}`);
      await quiet(shop);
      measured.set(name, [...(measured.get(name) ?? []), await measure()]);
    }
    progress(`round ${round} of ${rounds}: outbox drain`);
    drains.push(await drain(shop));
  }
  progress('paying, to its end');
  const paid = await paying(shop, rounds);
  progress('open loop');
  const open = await openLoop(shop, rounds);
  progress('overload');
  const overloaded = await overload(shop);
  const scaled = values['scale-out'] ? (progress('scale-out'), await scaleOut(shop)) : null;
  const results = {
    at: new Date().toISOString(),
    node: process.version,
    rounds,
    seconds,
    findings: findingsOf(measured, drains, overloaded, paid, open),
    scenarios: scenarios.map(([name]) => ({ name, ...mediansOf(measured, name) })),
    paying: paid,
    openLoop: open,
    overload: overloaded,
    scaleOut: scaled,
  };
  const text = report(results);
  process.stdout.write(values.json ? `${JSON.stringify(results, null, 2)}\n` : text);
  if (!values['no-report']) {
    writeResults(results, text, measured);
    progress('tools/bench/results/ is written.');
  }
  return 0;
});
