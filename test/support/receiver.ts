import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A merchant's server that takes webhooks, and answers what it is told to. */
export class Receiver {
  readonly received: Received[] = [];
  /** The statuses of the next answers; 200 when there are none left. */
  statuses: number[] = [];
  headers: Record<string, string> = {};
  answer: string | Buffer = 'thanks';
  /** Answers nothing at all. */
  isSilent = false;
  /** Connections that were opened, whatever came over them. */
  connections = 0;
  onReceived: (received: Received) => void = () => undefined;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Receiver> {
    const receiver: Receiver = new Receiver(
      createServer((incoming, outgoing) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          const received = { headers: incoming.headers, body: Buffer.concat(chunks).toString('utf8') };
          receiver.received.push(received);
          receiver.onReceived(received);
          if (receiver.isSilent) return;
          outgoing.writeHead(receiver.statuses.shift() ?? 200, receiver.headers).end(receiver.answer);
        });
      }),
    );
    receiver.server.on('connection', () => receiver.connections++);
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
