import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** Longer bodies are cut off: they are not read in a terminal. */
const MAX_BODY = 1_048_576;
/** How many ids are remembered to tell repetitions apart. */
const MAX_REMEMBERED = 10_000;

export interface Caught {
  readonly id: string;
  readonly type: string;
  readonly body: string;
  /** Null: no secret is known to check with. */
  readonly isSigned: boolean | null;
  /** How often this id has come, this time included. */
  readonly times: number;
}

export interface CatcherOptions {
  readonly port: number;
  /** The status of every answer. */
  readonly status: number;
  /** Milliseconds before an answer. */
  readonly delayMs: number;
  onCaught(caught: Caught): void;
}

/** A merchant's server in small: takes webhooks, says whether their signature holds, and answers what it is told to. */
export class Catcher {
  private readonly times = new Map<string, number>();
  /** whsec_... */
  secret: string | null = null;

  private constructor(
    private readonly server: Server,
    private readonly options: CatcherOptions,
  ) {}

  static async listen(options: CatcherOptions): Promise<Catcher> {
    const server = createServer();
    const catcher = new Catcher(server, options);
    server.on('request', (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MAX_BODY) chunks.push(chunk);
      });
      incoming.on('end', () => {
        options.onCaught(catcher.read(incoming.headers, Buffer.concat(chunks).toString('utf8')));
        setTimeout(
          () => outgoing.writeHead(options.status, { 'content-type': 'text/plain' }).end('caught\n'),
          options.delayMs,
        );
      });
      incoming.on('error', () => outgoing.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, '127.0.0.1', resolve);
    });
    return catcher;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private read(headers: IncomingHttpHeaders, body: string): Caught {
    const id = String(headers['webhook-id'] ?? '');
    const times = (this.times.get(id) ?? 0) + 1;
    this.times.set(id, times);
    if (this.times.size > MAX_REMEMBERED) this.times.delete(this.times.keys().next().value!);
    return {
      id,
      type: typeOf(body),
      body,
      isSigned: this.secret === null ? null : holds(this.secret, headers, body),
      times,
    };
  }
}

function holds(secret: string, headers: IncomingHttpHeaders, body: string): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

function typeOf(body: string): string {
  try {
    const { type } = JSON.parse(body) as { type?: unknown };
    return typeof type === 'string' ? type : '?';
  } catch {
    return 'no JSON';
  }
}
