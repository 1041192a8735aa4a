import { commandLine } from '#platform/command-line/command-line.js';
import { runJob } from '#platform/command-line/lifetime.js';
import type { Kind } from './asks.js';
import { loadHistory } from './history.js';
import { timingOptions } from './load-options.js';
import { ours } from './measure.js';
import { median } from './program.js';
import type { Measured } from './report.js';
import { one, openShop, quiet, type BenchShop } from './shop.js';

const { values } = commandLine({
  name: 'npm run bench:growth',
  purpose:
    'Compares a shop with a long past with a shop that has none: both run beside each other and are asked in turns. At each volume it tells the rates and the CPU of PostgreSQL per request, as shares of those of the empty shop.',
  options: {
    ...timingOptions(3),
    volumes: {
      type: 'integers',
      placeholder: 'N,...',
      min: 1,
      max: 1_000_000_000,
      default: [1_000_000, 5_000_000],
      text: 'how many orders, ascending, comma separated (they are loaded set by set, which takes minutes)',
    },
  },
  examples: ['npm run bench:growth -- --volumes 100000 --rounds 1'],
});
const { rounds, seconds, volumes } = values;

const KINDS: readonly (readonly [Kind, number])[] = [
  ['place', 64],
  ['get', 64],
  ['list', 32],
  ['deposit', 64],
];

const writes: ReadonlySet<Kind> = new Set(['place', 'deposit']);

const progress = (text: string) => process.stderr.write(`${text}\n`);

/** Ids of orders anywhere in the past, not only of the newest ones. */
async function chooseOrders(shop: BenchShop): Promise<void> {
  const { rows } = await shop.pool.query<{ id: string }>(
    `(SELECT id FROM orders TABLESAMPLE SYSTEM (1) LIMIT 4000) UNION (SELECT id FROM orders ORDER BY id DESC LIMIT 1000)`,
  );
  shop.orderIds = rows.map(({ id }) => id);
}

async function measureInTurns(empty: BenchShop, grown: BenchShop, kind: Kind, connections: number) {
  const results = { empty: [] as Measured[], grown: [] as Measured[] };
  for (let round = 0; round < rounds; round++)
    for (const [name, shop] of [['empty', empty] as const, ['grown', grown] as const]) {
      await quiet(shop);
      results[name].push(await ours(shop, kind, connections, kind === 'deposit' ? { customers: 1_000 } : {}));
    }
  const share = (read: (m: Measured) => number) => median(results.grown.map(read)) / median(results.empty.map(read));
  return { rate: share((m) => m.rate), database: share((m) => m.databaseMs), wal: share((m) => m.walBytes) };
}

await runJob({ text: 'The bench failed', code: 1 }, async (lifetime) => {
  const [empty, grown] = [await openShop(lifetime, seconds), await openShop(lifetime, seconds)];
  progress('Warming up ...');
  for (const shop of [empty, grown]) await ours(shop, 'place', 64);
  let present = 0;
  for (const orders of volumes) {
    await loadHistory(grown.pool, orders - present, progress, present);
    present = orders;
    const size = await one(grown.pool, 'SELECT pg_database_size(current_database())');
    process.stdout.write(
      `\n${orders.toLocaleString('en')} orders, ${(size / 2 ** 30).toFixed(1)} GB; shares of the shop without a past, medians of ${rounds} rounds of ${seconds} s in turns:\n`,
    );
    for (const shop of [empty, grown]) await chooseOrders(shop);
    for (const [kind, connections] of KINDS) {
      const { rate, database, wal } = await measureInTurns(empty, grown, kind, connections);
      process.stdout.write(
        `  ${kind.padEnd(8)} rate ${rate.toFixed(2)}x, CPU of PostgreSQL ${database.toFixed(2)}x${writes.has(kind) ? `, WAL ${wal.toFixed(2)}x` : ''}\n`,
      );
    }
  }
  return 0;
});
