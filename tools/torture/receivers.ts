import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Mode = 'well' | 'error' | 'silent' | 'reset';

/** A merchant's server that remembers what it was told, and misbehaves when it is told to. */
export class MerchantServer {
  mode: Mode = 'well';
  /** Bodies by webhook-id; more than one body for an id is a fault of the program. */
  readonly bodies = new Map<string, Set<string>>();
  received = 0;

  private constructor(private readonly server: Server) {}

  static async listen(): Promise<MerchantServer> {
    const merchant: MerchantServer = new MerchantServer(
      createServer((incoming, outgoing) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', () => undefined);
        incoming.on('end', () => {
          if (merchant.mode === 'reset') return void incoming.socket.destroy();
          if (merchant.mode === 'silent') return;
          if (merchant.mode === 'error') return void outgoing.writeHead(500).end();
          const id = String(incoming.headers['webhook-id']);
          merchant.bodies.set(id, (merchant.bodies.get(id) ?? new Set()).add(Buffer.concat(chunks).toString('utf8')));
          merchant.received++;
          outgoing.writeHead(200).end();
        });
      }),
    );
    await new Promise<void>((resolve) => merchant.server.listen(0, '127.0.0.1', resolve));
    return merchant;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
