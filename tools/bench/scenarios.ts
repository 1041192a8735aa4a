import { byOneStatement, byPlainStatements, placing, readingOrders, type Baseline } from './baseline.js';
import { ours } from './measure.js';
import { hasPgbench, pgbench } from './pgbench.js';
import type { Measured } from './report.js';
import { CUSTOMERS, LINES, type BenchShop } from './shop.js';

/** PostgreSQL's own client, where it is installed. */
function byPgbench({ databaseUrl, seconds }: BenchShop): (readonly [string, () => Promise<Baseline>])[] {
  if (!hasPgbench) return [];
  const at = (script: Parameters<typeof pgbench>[1], clients: readonly number[]) =>
    clients.map((n) => [`pgbench ${script} ${n}`, () => pgbench(databaseUrl, script, n, seconds)] as const);
  return [
    ...at('plain', plainAt),
    ...at('one', oneAt),
    ...at('hot plain', [32]),
    ...at('hot one', [32]),
    ...at('deposit', oneAt),
    ...at('read', readAt),
    ...at('list', readAt),
  ];
}

/** What is measured in every round, by name: the program, PostgreSQL alone by its own client, and alone through our driver. */
export const plainAt = [1, 8, 16, 32];
export const oneAt = [8, 16, 32];
export const readAt = [8, 16, 32];
export const scenariosOf = (shop: BenchShop): readonly (readonly [string, () => Promise<Measured | Baseline>])[] => {
  const {
    databaseUrl,
    orderIds,
    seconds,
    products: { spread, hot, soldOut },
  } = shop;
  return [
    ['place 1', () => ours(shop, 'place', 1)],
    ['place 8', () => ours(shop, 'place', 8)],
    ['place 32', () => ours(shop, 'place', 32)],
    ['place 64', () => ours(shop, 'place', 64)],
    ['place 128', () => ours(shop, 'place', 128)],
    ...byPgbench(shop),
    ...plainAt.map(
      (n) => [`driver plain ${n}`, () => placing(byPlainStatements, databaseUrl, n, seconds, spread, LINES)] as const,
    ),
    ...oneAt.map(
      (n) => [`driver one ${n}`, () => placing(byOneStatement, databaseUrl, n, seconds, spread, LINES)] as const,
    ),
    ['hot 64', () => ours(shop, 'place', 64, { productIds: hot })],
    ['driver hot plain 32', () => placing(byPlainStatements, databaseUrl, 32, seconds, hot, LINES)],
    ['driver hot one 32', () => placing(byOneStatement, databaseUrl, 32, seconds, hot, LINES)],
    ['sold out 64', () => ours(shop, 'sold-out', 64, { productIds: soldOut })],
    ['replay 64', () => ours(shop, 'replay', 64)],
    ['get 64', () => ours(shop, 'get', 64)],
    ['driver read 16', () => readingOrders(databaseUrl, 16, seconds, orderIds)],
    ['list 32', () => ours(shop, 'list', 32)],
    ['mixed 64', () => ours(shop, 'mixed', 64)],
    ['balance 64', () => ours(shop, 'place', 64, { paymentMethod: 'balance', customers: CUSTOMERS })],
    ['deposit 64', () => ours(shop, 'deposit', 64, { customers: CUSTOMERS })],
    ['pay 32', () => ours(shop, 'pay', 32)],
  ];
};
