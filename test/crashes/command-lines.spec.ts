import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Command, newDirectory, processesWith, type Ended } from '../support/command.js';
import { createDatabase } from '../support/database.js';

const root = process.cwd();
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** Every npm script that runs a program of ours, so that a new one is covered by itself. Those before others take nothing. */
const programs = Object.entries(scripts).flatMap(([name, script]) => {
  const [, file, args] = /\bnode (?:--\S+ )*((?:dist|tools)\/\S+)(.*)$/.exec(script) ?? [];
  const isBefore = name.startsWith('pre') && name.slice('pre'.length) in scripts;
  return file === undefined || isBefore ? [] : [{ name, file, args: args!.split(' ').filter(Boolean) }];
});
const fileOf = (name: string) => programs.find((program) => program.name === name)!.file;

/** A few at a time: each costs a processor for a moment. */
async function everyProgram(args: readonly string[], check: (name: string, ended: Ended) => void): Promise<void> {
  const waiting = [...programs];
  const work = async () => {
    for (let program = waiting.shift(); program; program = waiting.shift()) {
      const command = new Command(program.file, [...program.args, ...args]);
      check(program.name, await command.ended);
      const wrote = [command.directory, command.dataDir].flatMap((path) => (existsSync(path) ? readdirSync(path) : []));
      expect({ name: program.name, wrote }).toEqual({ name: program.name, wrote: [] });
    }
  };
  await Promise.all([work(), work(), work()]);
}

describe('every command', () => {
  it('is found in package.json and gets the signals that npm sends', () => {
    expect(programs.map(({ name }) => name)).toEqual(expect.arrayContaining(['start', 'migrate', 'test', 'bench']));
    // Without exec a shell stands between npm and the program, and keeps the signal for itself.
    const shells = Object.entries(scripts).filter(
      ([, script]) => /\bnode /.test(script) && !/^exec node /.test(script),
    );
    expect(shells).toEqual([]);
  });

  it('explains itself and does nothing else', async () => {
    await everyProgram(['--help'], (name, { code, stdout, stderr }) => {
      expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: npm (start|test|run [a-z:-]+) -- \[options\].*\n\n\S/);
      expect(stdout).toMatch(/^ +-h, --help /m);
      expect(stdout.split('\n').every((line) => line.length <= 120)).toBe(true);
    });
  });

  it('refuses what it does not know in one line, with exit code 2', async () => {
    await everyProgram(['--nonsense'], (name, { code, stdout, stderr }) => {
      expect({ name, code, stdout }).toEqual({ name, code: 2, stdout: '' });
      expect(stderr).toMatch(/^Unknown option '--nonsense'\. See npm (start|test|run [a-z:-]+) -- --help\n$/);
    });
  });
});

describe('a command that was given the wrong thing', () => {
  it.each<[string, string, string[], Record<string, string>, number, RegExp]>([
    ['a number', 'torture', ['--minutes', 'long'], {}, 2, /^--minutes must be a number from .*\n$/],
    ['a number below its bounds', 'bench', ['--rounds', '0'], {}, 2, /^--rounds must be a whole number from 1 .*\n$/],
    [
      'a list',
      'bench:growth',
      ['--volumes', '10,many'],
      {},
      2,
      /^--volumes must be whole numbers, comma separated, .*\n$/,
    ],
    ['a variable', 'simulator', [], { SIMULATOR_PORT: 'any' }, 2, /^SIMULATOR_PORT must be a whole number .*\n$/],
    ['a URL', 'demo', [], { DEMO_URL: 'shop' }, 2, /^DEMO_URL must be a URL .*\n$/],
    ['no value', 'catcher', ['--port'], {}, 2, /^Option '--port <value>' argument missing\. See .*\n$/],
    ['too much', 'migrate', ['now'], {}, 2, /^Unexpected argument 'now'\. See npm run migrate -- --help\n$/],
    ['nobody', 'superadmin', [], {}, 2, /^EMAIL is missing\. See npm run superadmin -- --help\n$/],
    ['no email', 'superadmin', ['ada'], {}, 2, /^EMAIL must be an email address .*\n$/],
    ['a guard that is not there', 'mutations', ['zzz'], {}, 2, /^No guard is named like zzz\. See .*\n$/],
  ])('%s: says so', async (_, name, args, env, code, line) => {
    const isScript = name === 'mutations';
    const ended = await new Command(fileOf(name), args, env, isScript ? root : undefined).ended;
    expect(ended).toEqual({ code, stdout: '', stderr: expect.stringMatching(line) });
  });

  it('a short SUPERADMIN_PASSWORD makes no superadmin', async () => {
    const database = await createDatabase();
    const make = (env: Record<string, string>) =>
      new Command(fileOf('superadmin'), ['ada@example.com'], {
        DATABASE_URL: database.url,
        NODE_ENV: 'test',
        ...env,
      }).ended;
    expect(await make({ SUPERADMIN_PASSWORD: 'abc' })).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^SUPERADMIN_PASSWORD is not taken: .* 8 to 128 characters\. .*\n$/),
    });
    expect(await make({ SUPERADMIN_PASSWORD: '' })).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^ada@example\.com is a superadmin\. The password, shown once: \S{24}\n$/),
      stderr: '',
    });
    await database.drop();
  });

  it.each([
    ['start', '', 1, ''],
    ['migrate', 'below', 1, 'The schema could not be migrated: '],
    ['integrity', '', 2, 'The books could not be checked: '],
  ])('%s: a data directory that is a file is named', async (name, below, code, before) => {
    const directory = newDirectory();
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const dataDir = join(file, below);
    const ended = await new Command(fileOf(name), [], { DATA_DIR: dataDir }, directory).ended;
    const reason = 'cannot be used: it is a file, or below one. Set DATA_DIR.';
    expect(ended).toEqual({ code, stdout: '', stderr: `${before}The data directory ${dataDir} ${reason}\n` });
  });

  it('an unknown host is named', async () => {
    const database = await createDatabase();
    const env = { DATABASE_URL: database.url, HOST: 'nowhere.invalid', PAYMENTS: 'simulator', LOG_LEVEL: 'silent' };
    const ended = await new Command(fileOf('start'), [], env).ended;
    expect(ended).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Cannot listen on nowhere\.invalid:3000: .*\n$/),
    });
    await database.drop();
  });

  it.each(['start', 'migrate'])('%s: nothing of a password that is not encoded is printed', async (name) => {
    const env = { DATABASE_URL: 'postgres://user:12/canary@127.0.0.1:1/shop' };
    const { code, stdout, stderr } = await new Command(fileOf(name), [], env).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('DATABASE_URL: must have the special characters');
    expect(stderr).not.toMatch(/canary|12|user:|\n\s+at /);
  });
});

describe('the port of the server', () => {
  it('is known to the demo and the catcher, also from .env', async () => {
    const directory = newDirectory();
    writeFileSync(join(directory, '.env'), 'PORT=1\n');
    const demo = await new Command(fileOf('demo'), [], {}, directory).ended;
    expect(demo).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no server answers at http://127.0.0.1:1.'),
    });
    const other = await new Command(fileOf('demo'), [], { PORT: '2' }, directory).ended;
    expect(other.stderr).toContain('no server answers at http://127.0.0.1:2.');
    const catcher = new Command(fileOf('catcher'), ['--port', '0'], {}, directory);
    await catcher.says(/No server answers at http:\/\/127\.0\.0\.1:1\./);
    expect((await catcher.end('SIGINT')).code).toBe(0);
  });
});

describe('a signal', () => {
  it.each<[string, string[], RegExp]>([
    ['simulator', ['--port', '0'], /speaks Stripe's API/],
    ['balance-service', ['--port', '0'], /stands in on/],
    ['catcher', ['--port', '0', '--secret', 'whsec_dGhlIHNlY3JldCBvZiBhIHRlc3Q='], /Catching webhooks/],
  ])('ends %s with 0', async (name, args, ready) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const server = new Command(fileOf(name), args);
      await server.says(ready);
      expect(await server.end(signal)).toMatchObject({ code: 0, stderr: '' });
    }
  });

  const isWarm = ({ stdout }: Command) => /plan [0-9a-f]{16}/.test(stdout);
  /** Its database is being made. */
  const isBeginning = (_: Command, temporary: string) =>
    readdirSync(temporary).some((name) => existsSync(join(temporary, name, 'postgres/PG_VERSION')));

  it.each([
    ['torture', ['--minutes', '5', '--seed', '4'], 'SIGTERM', 143, isWarm],
    ['bench', ['--no-report'], 'SIGINT', 130, isBeginning],
  ] as const)('ends %s without its database and its programs', async (name, args, signal, code, isTime) => {
    const temporary = join(newDirectory(), 'tmp');
    mkdirSync(temporary, { mode: 0o755 });
    const job = new Command(fileOf(name), args, { TMPDIR: temporary }, root);
    await job.until(() => isTime(job, temporary));
    expect(await job.end(signal)).toMatchObject({ code, stderr: '' });
    expect(readdirSync(temporary)).toEqual([]);
    expect(processesWith(temporary)).toEqual([]);
  });

  it('a port that is taken is said in one line', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as { port: number };
    for (const name of ['simulator', 'balance-service', 'catcher']) {
      const { code, stderr } = await new Command(fileOf(name), ['--port', String(port)]).ended;
      expect({ name, code }).toEqual({ name, code: 1 });
      expect(stderr).toMatch(/^The .+ could not start: .*EADDRINUSE.*\n$/);
    }
    blocker.close();
  });
});
