import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { torture } from './run.js';

const help = `npm run torture -- [options]

Lets concurrent clients loose on a shop of its own (embedded PostgreSQL, simulated provider, merchants) while the program and the
database are killed, frozen, cut off and lied to; then heals it and compares every book with every other. Ends with 0 when
everything adds up, 1 when it does not.

  --minutes 2     how long
  --seed N        the same seed makes the same plan of operations and faults; a new one is chosen and printed
  --clients 12    how many at once
  --gap 4         seconds between faults, on average
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(randomInt(1, 1_000_000)) },
    clients: { type: 'string', default: '12' },
    gap: { type: 'string', default: '4' },
    help: { type: 'boolean', default: false },
  },
});
const say = (text: string) => process.stdout.write(`${text}\n`);

if (values.help) say(help);
else {
  const [minutes, seed, clients, gapSeconds] = [values.minutes, values.seed, values.clients, values.gap].map(
    Number,
  ) as [number, number, number, number];
  if (![minutes, seed, clients, gapSeconds].every((number) => number > 0)) {
    process.stderr.write('--minutes, --seed, --clients and --gap are numbers above 0.\n');
    process.exit(2);
  }
  const result = await torture({ seed, seconds: minutes * 60, clients, gapSeconds, say });
  say('');
  say(
    `${result.operations} operations; ${result.unknown} ended unknown at first (${((result.unknown * 100) / result.operations).toFixed(2)} %), ${result.unresolved} of them for good`,
  );
  say(
    `faults: ${Object.entries(result.faults)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')}`,
  );
  say(`${result.received} messages taken by merchants`);
  for (const violation of result.violations) say(`VIOLATION ${violation}`);
  say(
    result.violations.length === 0
      ? `Everything adds up (seed ${seed}, plan ${result.plan}).`
      : `${result.violations.length} violations (seed ${seed}, plan ${result.plan}).`,
  );
  process.exit(result.violations.length === 0 ? 0 : 1);
}
