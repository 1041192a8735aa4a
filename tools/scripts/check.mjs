// `npm test`: everything that decides whether we ship. What needs no running program is checked beside the tests, at a low
// priority: it takes the time in which they wait. What failed is said at once, and again at the end.
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { commandLine } from './command-line.mjs';

const { values, operands } = commandLine({
  name: 'npm test',
  purpose:
    'Runs everything that decides whether we ship: format, types, lint and rules beside the tests.\nEnds with 1 when any fails.',
  options: {
    quick: { type: 'boolean', text: 'without the tests that take long: what a developer wants between two edits' },
    testNamePattern: { type: 'string', short: 't', placeholder: 'PATTERN', text: 'only tests whose names match' },
  },
  operands: { placeholder: 'PATH', text: 'only these tests, without the checks; after -- further options of Jest' },
  examples: ['npm test -- test/races', 'npm run test:quick', 'npm test -- test/unit -- --verbose'],
});
const isQuick = values.quick === true;
const named = values.testNamePattern === undefined ? [] : ['--testNamePattern', values.testNamePattern];
const only = [...named, ...operands];
const quick = [
  'test/unit',
  'test/architecture',
  'test/stories/orders',
  'test/stories/products',
  'test/stories/platform',
];
const jest = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const depcruise = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs';

const checks = [
  ['types', ['node_modules/typescript/bin/tsc', '--noEmit']],
  ['rules', [depcruise, '--config', '.dependency-cruiser.cjs', 'src', 'tools']],
  ['lint', ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
  // Not between two edits: it asks the registry. Shown, because it passes also where no registry answers.
  ...(isQuick ? [] : [['audit', ['tools/scripts/audit.mjs']]]),
];
const shown = ['audit'];

const failed = [];
const children = new Set();
let interrupted = null;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    interrupted = 128 + constants.signals[signal];
    for (const child of children) child.kill(signal);
  });
}
const started = Date.now();
const seconds = (begun) => `${((Date.now() - begun) / 1000).toFixed(1)} s`;

/** Runs a step; what it prints is shown when it fails, or while it runs. */
async function run(name, args, isLive) {
  if (interrupted !== null) return;
  const begun = Date.now();
  const output = isLive ? 'inherit' : 'pipe';
  const child = spawn(process.execPath, args, { stdio: ['ignore', output, output] });
  children.add(child);
  if (!isLive) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (said += text));
  const code = await new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
  children.delete(child);
  if (interrupted !== null) return;
  if (code !== 0 || shown.includes(name)) process.stdout.write(`\n${said}`);
  process.stdout.write(code === 0 ? `\n== ${name}: fine, ${seconds(begun)}\n` : `\n== ${name} failed.\n`);
  if (code !== 0) failed.push(name);
}

async function runChecks() {
  for (const [name, args] of checks) await run(name, args, false);
}

const tests = [...jest, ...(isQuick ? quick : []), ...only];
await Promise.all([...(only.length === 0 ? [runChecks()] : []), run('tests', tests, true)]);
if (interrupted !== null) process.exit(interrupted);
process.exitCode = failed.length === 0 ? 0 : 1;
process.stdout.write(
  failed.length === 0 ? `\nEverything is fine, ${seconds(started)}.\n` : `\nFailed: ${failed.join(', ')}.\n`,
);
