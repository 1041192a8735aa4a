import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Lifetime } from '#platform/command-line/lifetime.js';
import { Simulator } from '../simulator/simulator.js';
import { EmbeddedPostgres } from '#platform/database/embedded-postgres.js';
import { Proxy } from './proxy.js';
import { MerchantServer } from './receivers.js';

const program = join(process.cwd(), 'dist/src/main.js');
const WEBHOOK_SECRET = 'whsec_dev_stripe_webhook_secret';
/** Short, so that a run need not wait for days; long enough that nothing is given up while something is broken. */
const SCHEDULE = [0, 1, 1, 2, 2, ...Array.from({ length: 44 }, () => 4)].join();

/** Everything that a shop stands on, each part of which can be broken: database, network, program, provider, merchants. */
export class World {
  private program: ChildProcess | null = null;
  private output = '';
  private clockSkewSeconds = 0;
  private isOver = false;
  /** The database that is being started in the place of one that was killed. */
  private restarting: Promise<EmbeddedPostgres> | null = null;

  private constructor(
    private readonly directory: string,
    private database: EmbeddedPostgres,
    readonly proxy: Proxy,
    readonly simulator: Simulator,
    readonly merchants: readonly MerchantServer[],
    readonly port: number,
  ) {}

  /** It is taken apart at the end, also when that comes while it is being made. */
  static async create(lifetime: Lifetime, seed: number): Promise<World> {
    const directory = mkdtempSync(join(tmpdir(), 'quittance-torture-'));
    lifetime.onEnd(() => rmSync(directory, { recursive: true, force: true }));
    let stopDatabase = (database: EmbeddedPostgres) => database.stop();
    const database = await lifetime.start(
      () => EmbeddedPostgres.start(directory),
      (started) => stopDatabase(started),
    );
    const proxy = await lifetime.start(
      () => Proxy.listen(),
      (started) => started.close(),
    );
    proxy.pointTo(database.port);
    const simulator = await lifetime.start(
      () => startSimulator(directory, seed),
      (started) => started.stop(),
    );
    const openMerchant = () =>
      lifetime.start(
        () => MerchantServer.listen(),
        (started) => started.close(),
      );
    const merchants = [await openMerchant(), await openMerchant()];
    const world = new World(directory, database, proxy, simulator, merchants, 20_000 + (process.pid % 20_000));
    stopDatabase = () => world.stopDatabase(); // it may be another one by then
    simulator.sendWebhooksTo(`${world.url}/api/v1/webhooks/stripe`);
    lifetime.onEnd(() => world.stopProgram());
    world.startProgram();
    return world;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Past the proxy, for those who look. */
  get databaseUrl(): string {
    return this.database.ownerUrl();
  }

  private startProgram(): void {
    const url = new URL(this.database.ownerUrl());
    url.port = String(this.proxy.port);
    this.output = '';
    const child = spawn(process.execPath, [program], {
      env: {
        ...process.env,
        NODE_ENV: 'test',
        PORT: String(this.port),
        DATABASE_URL: url.href,
        DATA_DIR: join(this.directory, 'program'),
        LOG_LEVEL: 'error',
        STRIPE_API_BASE: `http://127.0.0.1:${this.simulator.port}`,
        ORDER_PAYMENT_TTL: '20',
        RECONCILIATION_INTERVAL: '0',
        OUTBOX_LEASE_SECONDS: '3',
        WEBHOOK_ALLOW_PRIVATE: 'true',
        WEBHOOK_RETRY_SCHEDULE: SCHEDULE,
        HOUSEKEEPING_INTERVAL: '5',
        CLOCK_SKEW_SECONDS: String(this.clockSkewSeconds),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.program = child;
    const keep = (text: string) => (this.output = (this.output + text).slice(-20_000));
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('exit', () => {
      // Operators of a shop have a supervisor: what dies is started again, until it runs.
      if (this.program === child && !this.isOver)
        void sleep(200).then(() => (this.isOver ? undefined : this.startProgram()));
    });
  }

  async untilReady(lockTimeoutMs = 60_000): Promise<void> {
    for (const deadline = Date.now() + lockTimeoutMs; Date.now() < deadline; await sleep(100)) {
      const isReady = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
        (answer) => answer.ok,
        () => false,
      );
      if (isReady) return;
    }
    throw new Error(`The program did not get ready again:\n${this.output}`);
  }

  killProgram(clockSkewSeconds: number): void {
    this.clockSkewSeconds = clockSkewSeconds;
    this.program?.kill('SIGKILL');
  }

  async freezeProgram(milliseconds: number): Promise<void> {
    const child = this.program;
    child?.kill('SIGSTOP');
    await sleep(milliseconds);
    child?.kill('SIGCONT');
  }

  /** As a machine that loses its power: the server and all its backends, at once. Then it is started again. */
  async killDatabase(): Promise<void> {
    const pid = this.database.pid!;
    process.kill(pid, 'SIGKILL');
    await sleep(300);
    if (this.isOver) return;
    this.restarting = EmbeddedPostgres.start(this.directory);
    this.database = await this.restarting;
    this.proxy.pointTo(this.database.port);
  }

  async ask<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.database.ownerUrl() });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text, values)).rows as Row[];
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Everything well again. */
  async heal(): Promise<void> {
    this.proxy.slowDown(0);
    this.simulator.scheduleFaults([]);
    this.simulator.comeBack();
    for (const merchant of this.merchants) merchant.mode = 'well';
    this.clockSkewSeconds = 0;
    this.program?.kill('SIGKILL'); // its clock comes right with the next start
    await sleep(500);
    await this.untilReady();
  }

  private async stopProgram(): Promise<void> {
    this.isOver = true;
    const child = this.program;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGCONT'); // it may be frozen
    child.kill('SIGTERM');
    await Promise.race([gone, sleep(15_000)]);
    child.kill('SIGKILL');
  }

  private async stopDatabase(): Promise<void> {
    await this.restarting?.catch(() => undefined);
    await this.database.stop();
  }
}

function startSimulator(directory: string, seed: number): Promise<Simulator> {
  return Simulator.start({
    host: '127.0.0.1',
    port: 0,
    statePath: join(directory, 'simulator.jsonl'),
    delayMs: 100,
    seed: String(seed),
    webhookSecret: WEBHOOK_SECRET,
    webhookUrl: null,
  });
}
