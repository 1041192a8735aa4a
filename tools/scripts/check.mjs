// `npm test`: everything that decides whether we ship. What needs no running program is checked at once, then come the tests.
//   npm test -- test/races      only those tests; arguments are Jest's
//   npm run test:quick          without the tests that take long: what a developer wants between two edits
import { spawn } from 'node:child_process';

const isQuick = process.argv.includes('--quick');
const only = process.argv.slice(2).filter((argument) => argument !== '--quick');
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
  ['lint', ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0']],
  ['types', ['node_modules/typescript/bin/tsc', '--noEmit']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
  ['rules', [depcruise, '--config', '.dependency-cruiser.cjs', 'src', 'tools']],
];

const started = Date.now();
const seconds = (begun) => `${((Date.now() - begun) / 1000).toFixed(1)} s`;

/** Runs a step; what it prints is shown when it fails, or while it runs. */
async function run(name, args, live) {
  const begun = Date.now();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
  process.stdout.write(code === 0 ? `${name}: fine, ${seconds(begun)}\n` : `${output}\n${name} failed.\n`);
  return code;
}

/** Two at a time, as there are two cores on the smallest machine that this is made for. */
async function runChecks() {
  const waiting = [...checks];
  const codes = [];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) codes.push(await run(...next, false));
  };
  await Promise.all([lane(), lane()]);
  return codes.find((code) => code !== 0) ?? 0;
}

if (only.length === 0) {
  const code = await runChecks();
  if (code !== 0) process.exit(code);
}
const code = await run('tests', [...jest, ...(isQuick ? quick : []), ...only], true);
if (code !== 0) process.exit(code);
process.stdout.write(`\nEverything is fine, ${seconds(started)}.\n`);
