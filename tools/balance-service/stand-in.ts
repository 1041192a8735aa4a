import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StandInOptions {
  host: string;
  port: number;
  /** What the account holds at first, in cents. */
  balance: number;
  currency: string;
  /** Decides which calls a fault strikes. */
  seed: string;
}

interface HeldOrder {
  orderId: string;
  /** In cents; decimals outside. */
  amount: number;
  status: 'blocked' | 'completed' | 'cancelled';
}

interface Reply {
  status: number;
  body: object;
}

/** Some things to sell, for `POST /products/import`. Prices are decimals in the major unit. */
const products = [
  {
    id: 'BM-001',
    name: 'Field notebook',
    description: 'Waterproof paper, 120 pages.',
    price: 12.5,
    currency: 'USD',
    stock: 200,
  },
  { id: 'BM-002', name: 'Brass pencil', description: 'Outlives its owner.', price: 24, currency: 'USD', stock: 80 },
  { id: 'BM-003', name: 'Canvas roll', description: 'Holds the other two.', price: 39, currency: 'USD', stock: 40 },
];

/**
 * A stand-in for an external Balance Management service: it blocks, completes and cancels amounts by order id, each
 * idempotent, on one account. It knows nothing of Quittance. Faults are scheduled below /_control.
 */
export class BalanceStandIn {
  private readonly orders = new Map<string, HeldOrder>();
  private available: number;
  private readonly server: Server;
  private failRatio = 0;
  private isDown = false;
  private n = 0;
  calls = 0;
  private losing = 0;
  private isStubborn = false;
  private isTerse = false;

  private constructor(private readonly options: StandInOptions) {
    this.available = options.balance;
    this.server = createServer((incoming, outgoing) => void this.serve(incoming, outgoing));
  }

  static async start(options: StandInOptions): Promise<BalanceStandIn> {
    const service = new BalanceStandIn(options);
    await new Promise<void>((resolve, reject) => {
      service.server.once('error', reject);
      service.server.listen(options.port, options.host, resolve);
    });
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Half of the calls that fail do so before anything happens, half after it, when the answer is lost. */
  failSometimes(ratio: number): void {
    this.failRatio = ratio;
  }

  /** The next preorder happens, its answer is lost, and the one after it is refused as known. */
  loseNextPreorder(): void {
    this.losing = 2;
  }

  /** Says by the status alone whether it refuses, in the other of the two forms that such services have. */
  answerTersely(isTerse: boolean): void {
    this.isTerse = isTerse;
  }

  refuseToCancel(refused: boolean): void {
    this.isStubborn = refused;
  }

  goDown(): void {
    this.isDown = true;
  }

  comeBack(): void {
    this.isDown = false;
  }

  statusOf(orderId: string): HeldOrder['status'] | undefined {
    return this.orders.get(orderId)?.status;
  }

  books(): { available: number; blocked: number; spent: number } {
    const sum = (status: HeldOrder['status']) =>
      [...this.orders.values()]
        .filter((order) => order.status === status)
        .reduce((total, { amount }) => total + amount, 0);
    return { available: this.available, blocked: sum('blocked'), spent: sum('completed') };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const reply = this.answer(
      `${incoming.method} ${(incoming.url ?? '/').split('?', 1)[0]}`,
      Buffer.concat(chunks).toString('utf8'),
    );
    if (reply === 'lost') return void incoming.socket.destroy();
    outgoing.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
  }

  private answer(route: string, text: string): Reply | 'lost' {
    let body: Record<string, unknown>;
    try {
      body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    } catch {
      return refused(400, 'The body is not JSON.');
    }
    if (route.includes(' /_control/')) return this.control(route, body);
    this.calls++;
    if (this.isDown) return refused(503, 'The service is down.');
    const fate = createHash('sha256').update(`${this.options.seed}:${this.n++}`).digest().readUInt32BE() / 2 ** 32;
    if (fate < this.failRatio / 2) return refused(500, 'The service has a fault.');
    if (this.losing > 0 && route.endsWith('/preorder')) {
      if (this.losing-- === 1) return refused(409, 'The order is known already.');
      this.act(route, body);
      return 'lost';
    }
    if (this.isStubborn && route.endsWith('/cancel')) return refused(400, 'It will not.');
    const reply = this.act(route, body);
    return fate < this.failRatio ? 'lost' : reply;
  }

  private control(route: string, body: Record<string, unknown>): Reply {
    if (route === 'POST /_control/down') this.isDown = true;
    else if (route === 'POST /_control/up') this.isDown = false;
    else if (route === 'PUT /_control/faults' && typeof body['ratio'] === 'number') this.failRatio = body['ratio'];
    else return refused(404, 'There are POST down, POST up, and PUT faults {"ratio": 0.5}.');
    return { status: 200, body: { down: this.isDown, ratio: this.failRatio } };
  }

  private act(route: string, { orderId, amount }: Record<string, unknown>): Reply {
    if (route === 'GET /api/products')
      return { status: 200, body: { success: true, data: products, message: null, error: null } };
    if (route === 'GET /api/balance') return this.done(null);
    const verb = /^POST \/api\/balance\/(preorder|complete|cancel)$/.exec(route)?.[1];
    if (!verb) return refused(404, 'There is nothing here.');
    if (typeof orderId !== 'string' || orderId === '') return refused(400, 'orderId is missing.');
    const known = this.orders.get(orderId);
    if (verb === 'preorder') return this.preorder(orderId, amount, known);
    if (!known) return this.refused(404, `There is no order ${orderId}.`);
    const [from, to] = ['blocked', verb === 'complete' ? 'completed' : 'cancelled'] as const;
    if (known.status === to) return this.done(known);
    if (known.status !== from) return this.refused(409, `The order is ${known.status}.`);
    known.status = to;
    if (to === 'cancelled') this.available += known.amount;
    return this.done(known);
  }

  private preorder(orderId: string, amount: unknown, known: HeldOrder | undefined): Reply {
    const cents = typeof amount === 'number' ? Math.round(amount * 100) : NaN;
    if (!(cents > 0) || Math.abs(cents - (amount as number) * 100) > 1e-4)
      return this.refused(400, 'amount is a decimal above zero, with two digits at most.');
    if (known)
      return known.amount === cents
        ? this.done(known, 'preOrder')
        : this.refused(409, 'The order was made with another amount.');
    if (cents > this.available) return this.refused(400, 'Insufficient balance.');
    const order: HeldOrder = { orderId, amount: cents, status: 'blocked' };
    this.available -= order.amount;
    this.orders.set(orderId, order);
    return this.done(order, 'preOrder');
  }

  private done(order: HeldOrder | null, name: 'preOrder' | 'order' = 'order'): Reply {
    const { available, blocked } = this.books();
    const updatedBalance = {
      totalBalance: (available + blocked) / 100,
      availableBalance: available / 100,
      blockedBalance: blocked / 100,
      currency: this.options.currency,
    };
    const data = { [name]: order && { ...order, amount: order.amount / 100 }, updatedBalance };
    return { status: 200, body: { ...(!this.isTerse && { success: true }), data, message: 'Done.', error: null } };
  }

  private refused(status: number, message: string): Reply {
    return this.isTerse ? { status, body: { error: 'Refused', message } } : refused(status, message);
  }
}

function refused(status: number, message: string): Reply {
  return { status, body: { success: false, data: null, message, error: message } };
}
