import { randomInt } from 'node:crypto';
import { commandLine } from '#platform/command-line/command-line.js';
import { runJob } from '#platform/command-line/lifetime.js';

const { values } = commandLine({
  name: 'npm run torture',
  purpose:
    'Breaks a shop of its own in every way and audits it. Concurrent clients work on an embedded PostgreSQL with a simulated provider and merchants while the program and the database are killed, frozen, cut off and lied to; then it is healed, and every book is compared with every other. Ends with 0 when everything adds up, 1 when it does not, 2 when that could not be checked.',
  options: {
    minutes: { type: 'number', placeholder: 'N', min: 0.01, max: 100_000, default: 2, text: 'how long' },
    seed: {
      type: 'integer',
      placeholder: 'N',
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
      default: () => randomInt(1, 1_000_000),
      defaultText: 'a new one, which is printed',
      text: 'the same seed makes the same plan of operations and faults',
    },
    clients: { type: 'integer', placeholder: 'N', min: 1, max: 1_000, default: 12, text: 'how many at once' },
    gap: {
      type: 'number',
      placeholder: 'N',
      min: 0.01,
      max: 100_000,
      default: 4,
      text: 'seconds between faults, on average',
    },
  },
  examples: ['npm run torture -- --minutes 10 --seed 7'],
});
const { minutes, seed, clients, gap: gapSeconds } = values;
const say = (text: string) => process.stdout.write(`${text}\n`);

await runJob({ text: 'The audit could not be made', code: 2 }, async (lifetime) => {
  const { torture } = await import('./run.js');
  const result = await torture(lifetime, { seed, seconds: minutes * 60, clients, gapSeconds, say });
  const { operations, unknown, unresolved, faults, received, violations, plan } = result;
  const share = ((unknown * 100) / operations).toFixed(2);
  say('');
  say(`${operations} operations; ${unknown} ended unknown at first (${share} %), ${unresolved} of them for good`);
  const counts = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`);
  say(`faults: ${counts.join(', ')}`);
  say(`${received} messages taken by merchants`);
  for (const violation of violations) say(`VIOLATION ${violation}`);
  const verdict = violations.length === 0 ? 'Everything adds up' : `${violations.length} violations`;
  say(`${verdict} (seed ${seed}, plan ${plan}).`);
  return violations.length === 0 ? 0 : 1;
});
