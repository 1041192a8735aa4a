import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between the program and its database: goes slow, cuts connections at any byte, and follows the database when it moves. */
export class Proxy {
  private readonly pairs = new Set<{ near: Socket; far: Socket }>();
  private target = 0;
  private delayMs = 0;
  private isStalled = false;
  /** Bytes, in either direction, after which the next connections to reach them are cut. */
  private cuts: number[] = [];
  cutSoFar = 0;

  private constructor(private readonly server: Server) {}

  static async listen(): Promise<Proxy> {
    const proxy: Proxy = new Proxy(createServer((near) => proxy.join(near)));
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  pointTo(port: number): void {
    this.target = port;
  }

  /** Takes everything and passes nothing on, in either direction, until it is resumed: neither side is told that anything is wrong. */
  stall(): void {
    for (const { near, far } of this.pairs) for (const socket of [near, far]) socket.pause();
    this.isStalled = true;
  }

  resume(): void {
    this.isStalled = false;
    for (const { near, far } of this.pairs) for (const socket of [near, far]) socket.resume();
  }

  slowDown(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /** Connections are cut in the middle of whatever they carry, COMMIT included. */
  cutAfter(bytes: number, times: number): void {
    this.cuts.push(...Array.from({ length: times }, (_, i) => bytes + i * 97));
  }

  async close(): Promise<void> {
    for (const { near, far } of this.pairs) {
      near.destroy();
      far.destroy();
    }
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: Socket): void {
    const far = connect(this.target, '127.0.0.1');
    const pair = { near, far };
    this.pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      this.pairs.delete(pair);
    };
    let carried = 0;
    const carry = (to: Socket) => (chunk: Buffer) => {
      const [cut] = this.cuts;
      if (cut !== undefined && carried + chunk.length > cut) {
        this.cuts.shift();
        this.cutSoFar++;
        to.write(chunk.subarray(0, Math.max(0, cut - carried)), end);
        return;
      }
      carried += chunk.length;
      if (cut === undefined) carried = 0; // counted from when a cut was asked for
      if (this.delayMs > 0) setTimeout(() => to.writable && to.write(chunk), this.delayMs);
      else to.write(chunk);
    };
    near.on('data', carry(far));
    far.on('data', carry(near));
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
      if (this.isStalled) socket.pause();
    }
  }
}
