import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { sessionOf } from './fit.js';
import { isAlive } from './data-directory.js';
import { findBinaries, initialize, lastLine } from './embedded-binaries.js';
import { isPostgresOf, signal, stopOrphan } from './embedded-orphan.js';
import { chooseIdentity, command, EmbeddedDatabaseFailed, type Identity } from './run-as.js';

const READY_MS = 300_000;
/** Owns the tables; also the superuser of the cluster, which is ours alone. */
const OWNER = 'quittance';
/** What the program connects as. */
const PROGRAM = 'quittance_program';
const OWNER_PASSWORD = 'postgres.password';
const PROGRAM_PASSWORD = 'postgres-program.password';

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
    const password = readPassword(dataDir, OWNER_PASSWORD);
    if (!existsSync(join(cluster, 'PG_VERSION'))) initialize(binaries, dataDir, cluster, password, identity);
    const server = new EmbeddedPostgres(cluster, await freePort(), password, binaries.postgres, identity, flags);
    await server.launch();
    await server.createDatabase('quittance');
    return server;
  }

  /** For migrations, and for tests that look behind the program. */
  ownerUrl(database = 'quittance'): string {
    return urlOf(OWNER, this.password, this.port, database);
  }

  /** For the program. The role is made by migrating with it. */
  url(database = 'quittance'): string {
    return urlOf(PROGRAM, readPassword(dirname(this.cluster), PROGRAM_PASSWORD), this.port, database);
  }

  /** Where the server of this data directory can be reached, if one is running. */
  static urlOfRunning(dataDir: string): string | null {
    const cluster = join(dataDir, 'postgres');
    const pidFile = join(cluster, 'postmaster.pid');
    if (!existsSync(pidFile)) return null;
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    return isAlive(pid) && isPostgresOf(pid, cluster)
      ? urlOf(PROGRAM, readPassword(dataDir, PROGRAM_PASSWORD), port, 'quittance')
      : null;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /**
   * Starts the server again whenever it ends without having been asked to: killed for its memory, or because its disk was
   * full. On the same port, so that every connection finds it; as often as it takes.
   * @param tell called with what happened
   */
  supervise(tell: (what: string) => void): void {
    this.process?.once('exit', (code, killedBy) => {
      if (!this.process) return;
      tell(
        `The embedded PostgreSQL has ended (${killedBy ?? `exit code ${code}`}); it is started again. ${lastLine(this.output.join(''))}`,
      );
      void this.revive(tell);
    });
  }

  private async revive(tell: (what: string) => void): Promise<void> {
    for (let waitMs = 200; this.process; waitMs = Math.min(waitMs * 2, 5_000)) {
      await sleep(waitMs, undefined, { ref: false });
      if (!this.process) return;
      try {
        await this.launch(Infinity); // as long as it is alive it is getting ready
        tell('The embedded PostgreSQL is there again.');
        return this.supervise(tell);
      } catch (error) {
        tell(String(error));
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

  private async launch(timeoutMs = READY_MS): Promise<void> {
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
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(20)) {
      if (exited)
        throw new EmbeddedDatabaseFailed(`The embedded PostgreSQL did not start: ${lastLine(this.output.join(''))}`);
      if (await this.answers()) return;
    }
    signal(child.pid!, 'SIGQUIT');
    throw new EmbeddedDatabaseFailed(
      `The embedded PostgreSQL did not get ready within ${timeoutMs / 60_000} minutes: ${lastLine(this.output.join(''))}`,
    );
  }

  private async answers(): Promise<boolean> {
    const client = this.client(2_000);
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

  /** As the owner. Its session is ours, not that of the shell (PGOPTIONS). */
  private client(connectionTimeoutMillis = 10_000): pg.Client {
    const { url: connectionString, options } = sessionOf(this.ownerUrl('postgres'));
    return new pg.Client({ connectionString, options, connectionTimeoutMillis });
  }

  private async createDatabase(name: string): Promise<void> {
    const client = this.client();
    await client.connect();
    try {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (!rowCount) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
  }
}

function urlOf(role: string, password: string, port: number, database: string): string {
  return `postgres://${role}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
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

function readPassword(dataDir: string, file: string): string {
  const path = join(dataDir, file);
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
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
