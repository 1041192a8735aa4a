// `npm run mutations`: takes one guard away at a time, in a copy, and shows that some test goes red. Writes docs/mutations.md.
//   -- name ...   only those whose name holds one of the words
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Each guard: the file in which its text stands, what stands there without it, and the tests that are to notice. With build they
 * run what is built, or a database that is made by it.
 */
const guards = JSON.parse(readFileSync('scripts/guards.json', 'utf8'));
const words = process.argv.slice(2);
const chosen = guards.filter(({ guard: name }) => words.length === 0 || words.some((word) => name.includes(word)));
const say = (text) => process.stdout.write(`${text}\n`);
const run = (cwd, args) => spawnSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 240_000, env: { ...process.env, CI: 'true' } });

const copy = mkdtempSync(join(tmpdir(), 'quittance-mutations-'));
const results = [];
try {
  const tracked = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
  for (const file of tracked) cpSync(file, join(copy, file));
  cpSync('dist', join(copy, 'dist'), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  for (const [i, { guard: name, file, text, without, tests, build }] of chosen.entries()) {
    const path = join(copy, file);
    const good = readFileSync(path, 'utf8');
    if (!good.includes(text)) throw new Error(`The guard "${name}" does not stand in ${file} any more`);
    writeFileSync(
      path,
      good.replace(text, () => without),
    );
    if (build) run(copy, ['scripts/prepare.mjs']);
    const jest = run(copy, [
      '--experimental-vm-modules',
      '--no-warnings',
      'node_modules/jest/bin/jest.js',
      tests,
      '--forceExit',
      '--json',
      '--outputFile=red.json',
    ]);
    writeFileSync(path, good);
    if (build) run(copy, ['scripts/prepare.mjs']);
    // Tests that cannot even run notice nothing.
    const red = existsSync(join(copy, 'red.json'))
      ? JSON.parse(readFileSync(join(copy, 'red.json'), 'utf8')).testResults.flatMap(({ message }) =>
          [...message.matchAll(/^ *● .+ › (.+)$/gm)].map((match) => match[1]),
        )
      : [];
    rmSync(join(copy, 'red.json'), { force: true });
    const isCaught = red.length > 0;
    if (jest.status !== 0 && !isCaught) say(`${jest.stdout}${jest.stderr}`.slice(-2_000));
    results.push({ name, file, tests, isCaught, red });
    say(`${i + 1} of ${chosen.length}  ${isCaught ? 'caught' : 'NOT CAUGHT'}  ${name}${isCaught ? `: ${red[0]}` : ''}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

const missed = results.filter(({ isCaught }) => !isCaught);
if (words.length === 0) {
  const rows = results.map(({ name, file, tests, isCaught, red }) => `| ${name} | \`${file}\` | ${isCaught ? `${red[0]} (\`${tests}\`)` : '**not caught**'} |`);
  writeFileSync(
    'docs/mutations.md',
    [
      '# Guards, and the tests that miss them',
      '',
      '`npm run mutations` takes one guard away at a time, in a copy, runs the tests that are to notice, and puts it back. Every guard here was',
      'seen to be missed. Written by that command.',
      '',
      '| guard | where it stands | the test that went red without it |',
      '| --- | --- | --- |',
      ...rows,
      '',
    ].join('\n'),
  );
}
say(
  missed.length === 0
    ? `All ${results.length} guards are missed when they are gone.`
    : `${missed.length} of ${results.length} guards could go without anybody noticing.`,
);
process.exitCode = missed.length === 0 ? 0 : 1;
