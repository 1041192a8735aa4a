import { loadHistory } from './history.js';
import { drain } from './outbox-drain.js';
import { findingsOf, mediansOf, type Volume } from './findings.js';
import { ours } from './measure.js';
import { asJson, rounds, seconds, volumes, withReport, withScaleOut } from './options.js';
import { overload, scaleOut } from './overload.js';
import { load, median } from './program.js';
import { report } from './report.js';
import { writeResults } from './results.js';
import { scenariosOf } from './scenarios.js';
import { LINES, openShop, quiet } from './shop.js';
import type { Baseline } from './baseline.js';
import type { Measured } from './report.js';

const progress = (text: string) => process.stderr.write(`${text}\n`);
const shop = await openShop();
const { client, pool, products } = shop;
const place = (connections: number, forSeconds: number) =>
  load(client, {
    url: shop.program.url,
    connections,
    seconds: forSeconds,
    productIds: products.spread,
    linesPerOrder: LINES,
  });

try {
  progress('Warming up ...');
  await place(32, 4);
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM orders ORDER BY random() LIMIT 5000');
  shop.orderIds = rows.map(({ id }) => id);
  await pool.query('VACUUM ANALYZE');
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
  progress('overload');
  const overloaded = await overload(shop);
  const scaled = withScaleOut ? (progress('scale-out'), await scaleOut(shop)) : null;

  const atVolumes: Volume[] = [];
  let present = 0;
  for (const orders of volumes) {
    await loadHistory(pool, orders - present, progress, present);
    present = orders;
    await place(64, 2);
    const rates: number[] = [];
    await quiet(shop);
    for (let round = 0; round < rounds; round++) rates.push((await ours(shop, 'place', 64)).rate);
    atVolumes.push({ orders, rate: median(rates) });
  }

  const results = {
    at: new Date().toISOString(),
    node: process.version,
    rounds,
    seconds,
    findings: findingsOf(measured, atVolumes, drains, overloaded),
    scenarios: scenarios.map(([name]) => ({ name, ...mediansOf(measured, name) })),
    overload: overloaded,
    scaleOut: scaled,
  };
  const text = report(results);
  process.stdout.write(asJson ? `${JSON.stringify(results, null, 2)}\n` : text);
  if (withReport) {
    writeResults(results, text, measured);
    progress('tools/bench/results/ is written.');
  }
} finally {
  await shop.close();
}
