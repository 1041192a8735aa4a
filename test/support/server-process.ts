import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const program = join(process.cwd(), 'dist/src/main.js');

/** The real program in a process of its own, as a user starts it. */
export class ServerProcess {
  private static readonly running = new Set<ServerProcess>();
  output = '';
  private readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  /** @param limits for the shell that it is started from, such as `ulimit -n 64` */
  constructor(env: Record<string, string>, limits?: string) {
    const [file, args] = limits
      ? ['sh', ['-c', `${limits} && exec "$0" "$1"`, process.execPath, program]]
      : [process.execPath, [program]];
    this.child = spawn(file, args, {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        // On a database of the tests the published key works in a test only.
        ...(env['DATABASE_URL'] !== undefined && { NODE_ENV: 'test' }),
        PORT: '0',
        LOG_LEVEL: 'warn',
        SIMULATOR_DELAY_MS: '100',
        OUTBOX_LEASE_SECONDS: '2',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    ServerProcess.running.add(this);
    this.ended = new Promise((resolve) =>
      this.child.once('close', (code, signal) => {
        ServerProcess.running.delete(this);
        resolve({ code, signal });
      }),
    );
  }

  /** Ends those that tests of this file have left running. */
  static async killAll(): Promise<void> {
    await Promise.all([...ServerProcess.running].map((server) => server.kill()));
  }

  static async ready(env: Record<string, string>, limits?: string): Promise<ServerProcess & { url: string }> {
    const server = new ServerProcess(env, limits);
    // A bound for a server that hangs. Four start at once beside the checks, and each needs seconds of CPU to load its modules.
    const deadline = Date.now() + 60_000;
    for (;;) {
      const url = /API\s+(http:\S+)\/api\/v1/.exec(server.output)?.[1];
      if (url && server.output.includes('the data stays')) return Object.assign(server, { url });
      if (Date.now() > deadline || server.child.exitCode !== null)
        throw new Error(`The server did not get ready:\n${server.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get pid(): number {
    return this.child.pid!;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal);
    return this.ended;
  }
}

export interface Answer<T = any> {
  status: number;
  text: string;
  body: T;
  headers: Headers;
}

/** A request whose connection may break; null then, for "unknown". */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: object,
  key?: string,
): Promise<Answer | null> {
  try {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        'x-api-key': 'test-key-123',
        ...(body && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, text, body: text ? JSON.parse(text) : null, headers: answer.headers };
  } catch {
    return null;
  }
}
