import type { LoadResult } from './load.js';
import { load, startProgram } from './program.js';
import type { Overload } from './report.js';
import { LINES, one, type BenchShop } from './shop.js';

const SATURATING = 64;
/** One address has a share of the connections only, however many file handles there are. */
const FLOOD = 10 * SATURATING;

/** Twice as many clients as saturate it, and then ten times as many: what comes through, and how fast others are turned away. */
export async function overload({ program, client, products, seconds }: BenchShop): Promise<Overload> {
  const at = (connections: number) =>
    load(client, {
      url: program.url,
      connections,
      seconds: seconds * 2,
      productIds: products.spread,
      linesPerOrder: LINES,
      mayBeTurnedAway: true,
    });
  const rate = ({ answers, seconds: took }: LoadResult) => answers / took;
  const peak = rate(await at(SATURATING));
  const twice = await at(2 * SATURATING);
  const flood = await at(FLOOD);
  return {
    peak,
    twice: { rate: rate(twice), p99: twice.p99 },
    flood: {
      connections: FLOOD,
      rate: rate(flood),
      p99: flood.p99,
      refused: flood.statuses[503] ?? 0,
      refusalP99: flood.refusalP99,
    },
  };
}

/** Two processes that answer and one that works in the background, on one database. */
export async function scaleOut(shop: BenchShop): Promise<{ rate: number; lost: number; double: number; p99: number }> {
  const { lifetime, databaseUrl, pool, client, products, seconds } = shop;
  await shop.program.stop();
  // There are no payments here, so the payment provider is only named.
  const env = {
    STRIPE_SECRET_KEY: 'sk_test_bench',
    STRIPE_API_BASE: 'http://127.0.0.1:9',
    STRIPE_WEBHOOK_SECRET: 'whsec_bench_bench_bench',
  };
  const parts = await Promise.all(
    ['api', 'api', 'worker'].map((ROLE) => startProgram(lifetime, databaseUrl, { env: { ...env, ROLE } })),
  );
  const orders = () => one(pool, 'SELECT count(*) FROM orders');
  const before = await orders();
  const result = await load(client, {
    url: parts[0]!.url,
    moreUrls: [parts[1]!.url],
    connections: 64,
    seconds: seconds * 2,
    productIds: products.spread,
    linesPerOrder: LINES,
  });
  const made = (await orders()) - before;
  await Promise.all(parts.map((part) => part.stop()));
  shop.program = await startProgram(lifetime, databaseUrl);
  return {
    rate: result.answers / result.seconds,
    p99: result.p99,
    lost: Math.max(0, result.answers - made),
    double: Math.max(0, made - result.answers),
  };
}
