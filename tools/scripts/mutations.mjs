// `npm run mutations`: takes one guard away at a time, in a copy, and shows that some test goes red. Writes docs/mutations.md.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine, wrongUsage } from './command-line.mjs';

const NAME = 'npm run mutations';
const { operands: words } = commandLine({
  name: NAME,
  purpose:
    'Takes one guard away at a time, in a copy, and shows that some test goes red. Writes docs/mutations.md when all were\ntaken away. Ends with 1 when a guard could go without a test going red.',
  operands: { placeholder: 'WORD', text: 'only the guards whose name holds one of the words' },
  examples: ['npm run mutations -- outbox'],
});

/**
 * Each guard: the file in which its text stands, what stands there without it, and the tests that must fail. With build they
 * run what is built, or a database that is made by it.
 */
const guards = JSON.parse(readFileSync('tools/scripts/guards.json', 'utf8'));
const chosen = guards.filter(({ guard: name }) => words.length === 0 || words.some((word) => name.includes(word)));
if (chosen.length === 0) wrongUsage(NAME, `No guard is named like ${words.join(', ')}`);
const say = (text) => process.stdout.write(`${text}\n`);

let running = null;
let interrupted = null;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    interrupted = 128 + constants.signals[signal];
    running?.kill(signal);
  });
}

/** @throws when the run was interrupted, so that the copy is removed on the way out */
async function run(cwd, args) {
  running = spawn(process.execPath, args, { cwd, timeout: 240_000, env: { ...process.env, CI: 'true' } });
  let output = '';
  for (const stream of [running.stdout, running.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const status = await new Promise((resolve) => running.once('close', resolve));
  running = null;
  if (interrupted !== null) throw new Error('Interrupted');
  return { status, output };
}

/** Runs tests in the copy and names those that are red. Tests that cannot even run prove nothing. */
async function test(tests, only) {
  const names = only ? ['-t', only] : [];
  const report = join(copy, 'red.json');
  const options = [tests, ...names, '--forceExit', '--json', '--outputFile', report];
  const jest = await run(copy, [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    ...options,
  ]);
  const messages = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8')).testResults.map(({ message }) => message)
    : [];
  rmSync(report, { force: true });
  return {
    jest,
    red: messages.flatMap((message) => [...message.matchAll(/^ *● .+ › (.+)$/gm)].map((match) => match[1])),
  };
}

const copy = mkdtempSync(join(tmpdir(), 'quittance-mutations-'));
const results = [];
try {
  const tracked = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean);
  for (const file of tracked) cpSync(file, join(copy, file));
  cpSync('dist', join(copy, 'dist'), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  // With every guard in its place they are green, or a red one says nothing.
  const used = new Map(chosen.map(({ tests, only }) => [`${tests} ${only}`, [tests, only]]));
  for (const [tests, only] of used.values()) {
    const { jest, red } = await test(tests, only);
    if (jest.status !== 0) throw new Error(`${tests} is not green before anything was taken away: ${red.join('; ')}`);
  }
  say(`${used.size} files of tests are green with every guard in its place`);
  for (const [i, { guard: name, file, text, without, tests, only, build }] of chosen.entries()) {
    const path = join(copy, file);
    const good = readFileSync(path, 'utf8');
    if (!good.includes(text)) throw new Error(`The guard "${name}" does not stand in ${file} any more`);
    writeFileSync(
      path,
      good.replace(text, () => without),
    );
    if (build) await run(copy, ['tools/scripts/prepare.mjs']);
    const { jest, red } = await test(tests, only);
    writeFileSync(path, good);
    if (build) await run(copy, ['tools/scripts/prepare.mjs']);
    const isCaught = red.length > 0;
    if (jest.status !== 0 && !isCaught) say(jest.output.slice(-2_000));
    results.push({ name, file, tests, isCaught, red });
    say(`${i + 1} of ${chosen.length}  ${isCaught ? 'caught' : 'NOT CAUGHT'}  ${name}${isCaught ? `: ${red[0]}` : ''}`);
  }
} catch (error) {
  process.stderr.write(`${error.message}.\n`);
  process.exitCode = interrupted ?? 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
if (process.exitCode) process.exit();

const missed = results.filter(({ isCaught }) => !isCaught);
if (words.length === 0) {
  const rows = results.map(
    ({ name, file, tests, isCaught, red }) =>
      `| ${name} | \`${file}\` | ${isCaught ? `${red[0]} (\`${tests}\`)` : '**not caught**'} |`,
  );
  writeFileSync(
    'docs/mutations.md',
    [
      '# Guards, and the tests that miss them',
      '',
      '`npm run mutations` takes one guard away at a time, in a copy, runs the tests that must fail, and puts it back. Those tests are green',
      'while all guards stand. Written by that command.',
      '',
      '| guard | where it stands | the test that went red without it |',
      '| --- | --- | --- |',
      ...rows,
      '',
    ].join('\n'),
  );
  await run('.', ['node_modules/prettier/bin/prettier.cjs', '--write', '--log-level', 'warn', 'docs/mutations.md']);
}
say(
  missed.length === 0
    ? `All ${results.length} guards are missed when they are gone.`
    : `${missed.length} of ${results.length} guards could go without a test going red.`,
);
process.exitCode = missed.length === 0 ? 0 : 1;
