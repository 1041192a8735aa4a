// `npm test`: everything that decides whether we ship, in the order in which a fault is cheapest to find.
// Arguments are handed to Jest alone: `npm test -- test/races` runs only those.
import { spawnSync } from 'node:child_process';

const node = process.execPath;
const jest = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const only = process.argv.slice(2);

const steps =
  only.length > 0
    ? [['tests', [...jest, ...only]]]
    : [
        ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
        ['types', ['node_modules/typescript/bin/tsc', '--noEmit']],
        ['lint', ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0']],
        [
          'rules',
          [
            'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
            '--config',
            '.dependency-cruiser.cjs',
            'src',
            'tools',
          ],
        ],
        ['tests', [...jest]],
      ];

const started = Date.now();
for (const [name, args] of steps) {
  const begun = Date.now();
  process.stdout.write(`\n== ${name}\n`);
  const { status } = spawnSync(node, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    process.stdout.write(`\n${name} failed.\n`);
    process.exit(status ?? 1);
  }
  process.stdout.write(`${name}: fine, ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
}
process.stdout.write(`\nEverything is fine, ${((Date.now() - started) / 1000).toFixed(0)} s.\n`);
