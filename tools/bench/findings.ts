import type { Baseline } from './baseline.js';
import { median } from './program.js';
import type { Finding, Measured, Overload } from './report.js';
import { oneAt, plainAt } from './scenarios.js';

/** Every round of every scenario, by name. */
export type Rounds = ReadonlyMap<string, readonly (Measured | Baseline)[]>;

export interface Volume {
  readonly orders: number;
  readonly rate: number;
}

export const rateIn = (measured: Rounds, name: string): number => median(measured.get(name)!.map(({ rate }) => rate));

export function mediansOf(measured: Rounds, name: string): Measured {
  const list = measured.get(name)! as Measured[];
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
}

const finding = (what: string, value: number, wanted: number, unit = 'x', atMost = false): Finding => ({
  what,
  value,
  wanted,
  unit,
  atMost,
});

/** What is promised, and what was measured of it. */
export function findingsOf(
  measured: Rounds,
  volumes: readonly Volume[],
  drains: readonly number[],
  overloaded: Overload,
): Finding[] {
  const all = (name: string) => measured.get(name)!;
  const rateOf = (name: string) => rateIn(measured, name);
  const p50Of = (name: string) => median(all(name).map(({ p50 }) => p50));
  const bestOf = (kind: string, counts: readonly number[]) => Math.max(...counts.map((n) => rateOf(`${kind} ${n}`)));
  return [
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
      finding(
        `placements with ${orders.toLocaleString('en')} orders present / with few`,
        rate / rateOf('place 64'),
        0.8,
      ),
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
}
