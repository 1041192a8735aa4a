import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rateIn, type Rounds } from './findings.js';
import { bars, type Results } from './report.js';

/** Writes the report, its figures and its charts to tools/bench/results. */
export function writeResults(results: Results, text: string, measured: Rounds): void {
  const folder = join(process.cwd(), 'tools/bench/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.md'), text);
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(results, null, 2)}\n`);
  const rates = (names: readonly string[]) =>
    names.filter((name) => measured.has(name)).map((name) => ({ name, value: rateIn(measured, name) }));
  writeFileSync(
    join(folder, 'placing.svg'),
    bars(
      'Orders placed per second',
      rates([
        'place 64',
        'place 128',
        'pgbench one 16',
        'pgbench plain 16',
        'hot 64',
        'pgbench hot one 32',
        'pgbench hot plain 32',
      ]),
    ),
  );
  writeFileSync(
    join(folder, 'scenarios.svg'),
    bars(
      'Answers per second over HTTP',
      rates(['place 64', 'sold out 64', 'replay 64', 'get 64', 'list 32', 'mixed 64', 'balance 64', 'pay 32']),
    ),
  );
}
