import type { Kind } from './asks.js';
import type { LoadResult } from './load.js';
import { ours, statementsOf } from './measure.js';
import { cpuSecondsOf, cpuSecondsOfAll, load, median } from './program.js';
import type { OpenLoop, Paying, ToItsEnd } from './report.js';
import { LINES, quiet, type BenchShop } from './shop.js';

const cpuOf = ({ program, embedded }: BenchShop): number =>
  cpuSecondsOf(program.child.pid!) + (embedded ? cpuSecondsOfAll(embedded.pid!) : NaN);

async function toItsEnd(shop: BenchShop, kind: Kind, connections: number): Promise<ToItsEnd> {
  const { client, program, products, seconds } = shop;
  await quiet(shop);
  const [cpu, statements, begun] = [cpuOf(shop), await statementsOf(shop), performance.now()];
  const plan = { url: program.url, connections, seconds, productIds: products.spread, linesPerOrder: LINES, kind };
  const { answers } = await load(client, plan);
  await quiet(shop);
  // It is quiet when it has been so for half a second.
  const took = (performance.now() - begun) / 1000 - 0.5;
  return {
    rate: answers / took,
    cpuMs: ((cpuOf(shop) - cpu) * 1000) / answers,
    statements: ((await statementsOf(shop)) - statements) / answers,
  };
}

export async function paying(shop: BenchShop, rounds: number): Promise<Paying> {
  const all: Paying[] = [];
  for (let round = 0; round < rounds; round++)
    all.push({ oneShot: await toItsEnd(shop, 'pay', 32), checkout: await toItsEnd(shop, 'checkout', 64) });
  const of = (name: keyof Paying, read: (it: ToItsEnd) => number) => median(all.map((it) => read(it[name])));
  const medians = (name: keyof Paying) => ({
    rate: of(name, (it) => it.rate),
    cpuMs: of(name, (it) => it.cpuMs),
    statements: of(name, (it) => it.statements),
  });
  return { oneShot: medians('oneShot'), checkout: medians('checkout') };
}

const CONNECTIONS = 512;

/** Latencies at a part of what the program can take, counted from when each request was to begin. */
export async function openLoop(shop: BenchShop, rounds: number): Promise<OpenLoop[]> {
  const { client, program, products, seconds } = shop;
  const found: OpenLoop[] = [];
  for (const share of [0.5, 0.8]) {
    const results: (LoadResult & { readonly perSecond: number })[] = [];
    for (let round = 0; round < rounds; round++) {
      await quiet(shop);
      const { rate } = await ours(shop, 'place', 64);
      await quiet(shop);
      const perSecond = Math.round(rate * share);
      const plan = {
        url: program.url,
        connections: CONNECTIONS,
        seconds,
        productIds: products.spread,
        linesPerOrder: LINES,
      };
      results.push({ ...(await load(client, { ...plan, perSecond })), perSecond });
    }
    const of = (read: (it: (typeof results)[number]) => number) => median(results.map(read));
    found.push({
      share,
      perSecond: of((it) => it.perSecond),
      p50: of((it) => it.p50),
      p99: of((it) => it.p99),
      p999: of((it) => it.p999),
    });
  }
  return found;
}
