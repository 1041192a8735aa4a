import type { Baseline } from './baseline.js';
import { median } from './program.js';
import type { Finding, Measured, OpenLoop, Overload, Paying } from './report.js';
import { oneAt, plainAt, readAt } from './scenarios.js';

/** Every round of every scenario, by name. */
export type Rounds = ReadonlyMap<string, readonly (Measured | Baseline)[]>;

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
  drains: readonly number[],
  overloaded: Overload,
  paid: Paying,
  open: readonly OpenLoop[],
): Finding[] {
  const all = (name: string) => measured.get(name) ?? [];
  const rateOf = (name: string) => (measured.has(name) ? rateIn(measured, name) : NaN);
  const p50Of = (name: string) => median(all(name).map(({ p50 }) => p50));
  const bestOf = (kind: string, counts: readonly number[]) => Math.max(...counts.map((n) => rateOf(`${kind} ${n}`)));
  const plain = bestOf('pgbench plain', plainAt);
  const one = bestOf('pgbench one', oneAt);
  return [
    finding('place, spread, 64 connections / pgbench, plain statements at their best', rateOf('place 64') / plain, 1.5),
    finding('place, spread, 128 connections / pgbench, one statement at its best', rateOf('place 128') / one, 1),
    finding(
      'place, one hot product, 64 connections / pgbench, plain statements, 32 clients',
      rateOf('hot 64') / rateOf('pgbench hot plain 32'),
      10,
    ),
    finding(
      'place, one client: p50 / p50 of pgbench, plain statements, one client',
      measured.has('pgbench plain 1') ? p50Of('place 1') / p50Of('pgbench plain 1') : NaN,
      2,
      'x',
      true,
    ),
    finding(
      'place, spread, 64 connections / plain statements at their best through the driver of this program',
      rateOf('place 64') / bestOf('driver plain', plainAt),
      2,
    ),
    finding('sold-out refusals / placements', rateOf('sold out 64') / rateOf('place 64'), 1.5),
    finding('idempotent replays / placements', rateOf('replay 64') / rateOf('place 64'), 1.5),
    finding('one-shot payments accepted / placements', rateOf('pay 32') / rateOf('place 64'), 0.8),
    finding('one-shot payment to its end: CPU of program and PostgreSQL', paid.oneShot.cpuMs, 2, ' ms', true),
    finding('one-shot payment to its end: statements', paid.oneShot.statements, 20, '', true),
    finding('checkouts to their end, webhooks delivered: paid orders', paid.checkout.rate, 600, '/s'),
    ...open.map(({ share, p999 }) =>
      finding(`open loop at ${share * 100} % of saturation: p99.9`, p999, share === 0.5 ? 50 : 100, ' ms', true),
    ),
    finding(
      'deposits, 64 connections / pgbench, plain statements at their best',
      rateOf('deposit 64') / bestOf('pgbench deposit', oneAt),
      1,
    ),
    finding(
      'GET order by id / the same statement by pgbench at its best',
      rateOf('get 64') / bestOf('pgbench read', readAt),
      0.6,
    ),
    finding(
      'list of 20 orders / the same statement by pgbench at its best',
      rateOf('list 32') / bestOf('pgbench list', readAt),
      0.4,
    ),
    finding('outbox: events taken by a subscriber that does nothing', median(drains), 10_000, '/s'),
    finding('place, 32 connections: p99 / p50', median(all('place 32').map(({ p50, p99 }) => p99 / p50)), 5, 'x', true),
    finding('twice the saturating load: orders placed / at the peak', overloaded.twice.rate / overloaded.peak, 0.8),
    finding('ten times the saturating load: orders placed / at the peak', overloaded.flood.rate / overloaded.peak, 0.8),
  ];
}
