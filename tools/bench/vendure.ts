import { commandLine } from '#platform/command-line/command-line.js';
import { runJob } from '#platform/command-line/lifetime.js';
import { loadOptions } from './load-options.js';
import { statementsOf } from './measure.js';
import { cpuSecondsOf, cpuSecondsOfAll, load, median } from './program.js';
import { CUSTOMERS, LINES, one, openShop, quiet, type BenchShop } from './shop.js';
import { installVendure, openVendure, VARIANTS, VENDURE } from './vendure-shop.js';

const options = loadOptions(3);
const { values } = commandLine({
  name: 'npm run bench:vendure',
  purpose:
    'Measures paid orders beside Vendure. Vendure is installed from npm into a temporary folder and runs on a database of its own in the same PostgreSQL server. The two take turns: a basket of two products, its order and its payment, until every order is paid.',
  options: { ...options, seconds: { ...options.seconds, default: 20 } },
  examples: ['npm run bench:vendure -- --connections 16 --seconds 30'],
});
const { rounds, seconds, connections } = values;
const progress = (text: string) => process.stderr.write(`${text}\n`);

/** One of the two, and how it is told that its orders are paid. */
interface Side {
  readonly name: string;
  readonly shop: BenchShop;
  readonly paidOrders: string;
  /** Waits until what was asked for before has been done. */
  settle(): Promise<void>;
  /** Of that wait, the seconds at its end in which nothing was left to do. */
  readonly calmSeconds: number;
}

interface Cost {
  readonly rate: number;
  readonly programMs: number;
  readonly databaseMs: number;
  readonly cpuMs: number;
  readonly statements: number;
}

/** Every order is taken to its end, and must be paid in the database too. */
async function measure({ shop, paidOrders, settle, calmSeconds }: Side): Promise<Cost> {
  const { client, program, embedded, pool, products } = shop;
  await settle();
  const readings = async () => ({
    program: cpuSecondsOf(program.child.pid!),
    database: embedded ? cpuSecondsOfAll(embedded.pid!) : NaN,
    statements: await statementsOf(shop),
    paid: await one(pool, paidOrders),
  });
  const before = await readings();
  const begun = performance.now();
  const plan = { url: program.url, connections, seconds, linesPerOrder: LINES, customers: CUSTOMERS };
  const { answers } = await load(client, { ...plan, kind: 'checkout', productIds: products.spread.slice(0, VARIANTS) });
  await settle();
  const took = (performance.now() - begun) / 1000 - calmSeconds;
  const after = await readings();
  const paid = after.paid - before.paid;
  if (paid !== answers) throw new Error(`${answers} orders were taken and ${paid} are paid`);
  const per = (name: 'program' | 'database' | 'statements') => (after[name] - before[name]) / answers;
  const [programMs, databaseMs] = [per('program') * 1000, per('database') * 1000];
  return { rate: answers / took, programMs, databaseMs, cpuMs: programMs + databaseMs, statements: per('statements') };
}

const format = (value: number) => value.toFixed(value < 100 ? 2 : 0);

function lineOf(name: string, costs: readonly Cost[]): string {
  const of = (read: (cost: Cost) => number) => format(median(costs.map(read)));
  return `${name} ${of((c) => c.rate)} paid orders/s; per order ${of((c) => c.cpuMs)} ms of CPU (program ${of((c) => c.programMs)}, PostgreSQL ${of((c) => c.databaseMs)}), ${of((c) => c.statements)} statements\n`;
}

await runJob({ text: 'The bench failed', code: 1 }, async (lifetime) => {
  progress('Installing Vendure ...');
  const { folder, reason } = await installVendure(lifetime);
  if (folder === null) {
    if (!lifetime.isEnding) process.stdout.write(`Vendure ${VENDURE} cannot be installed from npm here: ${reason}\n`);
    return 0;
  }
  const shop = await openShop(lifetime, seconds);
  progress('Filling the Vendure shop ...');
  const vendure: Side = {
    name: `Vendure ${VENDURE}`,
    shop: await openVendure(shop, folder),
    paidOrders: `SELECT count(*) FROM "order" WHERE state = 'PaymentSettled'`,
    settle: async () => undefined, // its last answer says that the order is paid
    calmSeconds: 0,
  };
  const quittance: Side = {
    name: 'Quittance',
    shop,
    paidOrders: `SELECT count(*) FROM orders WHERE payment_status = 'paid'`,
    settle: () => quiet(shop),
    calmSeconds: 0.5, // it is quiet when it has been so for half a second
  };
  const sides = [vendure, quittance];
  const costs = new Map<Side, Cost[]>(sides.map((side) => [side, []]));
  for (let round = 0; round <= rounds; round++) {
    // Each pair in the other order, so that drift of the machine favors neither.
    for (const side of round % 2 ? sides : [...sides].reverse()) {
      progress(`${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}: ${side.name}`);
      const cost = await measure(side);
      if (round > 0) costs.get(side)!.push(cost);
    }
  }
  const [theirs, our] = [costs.get(vendure)!, costs.get(quittance)!];
  const ratio = (read: (cost: Cost, other: Cost) => number) =>
    format(median(theirs.map((their, i) => read(our[i]!, their))));
  process.stdout.write(
    `${connections} connections, medians of ${rounds} rounds of ${seconds} s in turns\n` +
      lineOf(vendure.name, theirs) +
      lineOf(quittance.name, our) +
      `Quittance / Vendure: ${ratio((us, them) => us.rate / them.rate)} times the paid orders/s; Vendure / Quittance: ${ratio((us, them) => them.cpuMs / us.cpuMs)} times the CPU per order\n`,
  );
  return 0;
});
