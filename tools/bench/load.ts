import { Agent, request } from 'node:http';

/**
 * The closed-loop client, in a process of its own so that it does not share the program's event loop: every connection sends
 * its next request when the last was answered, and every answer is checked. Talks to its parent by IPC.
 */
export type Kind =
  | 'place' // an order; 201
  | 'sold-out' // an order for a product that is sold out; 409
  | 'replay' // one of the orders of this process again, with its key; 201 and the same bytes
  | 'get' // an order by id; 200
  | 'list' // the newest 20 orders; 200
  | 'mixed' // seven reads by id for three orders
  | 'deposit' // to a balance; 201
  | 'pay'; // a payment in one request; 202

export interface LoadPlan {
  url: string;
  connections: number;
  seconds: number;
  productIds: string[];
  linesPerOrder: number;
  kind?: Kind;
  paymentMethod?: 'card' | 'balance';
  /** Over how many customers the requests are spread; one without it. */
  customers?: number;
  /** For reads. */
  orderIds?: string[];
  /** Whether 503 with Retry-After is an answer too (overload); who gets one comes back after it. */
  mayBeTurnedAway?: boolean;
  /** More addresses; connections are spread over all of them. */
  moreUrls?: string[];
}

export interface LoadResult {
  /** Those that did what was asked. */
  answers: number;
  seconds: number;
  p50: number;
  p99: number;
  statuses: Record<number, number>;
  wrong: number;
  cpuSeconds: number;
  /** Milliseconds until a 503, at the 99th percentile. */
  refusalP99: number;
}

interface Sent {
  readonly key: string;
  readonly body: string;
  readonly answer: string;
}

interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly key?: string;
  isRight(status: number, text: string): boolean;
}

const MAX_REMEMBERED = 2_000;
const expected: Partial<Record<Kind, number>> = { 'sold-out': 409, pay: 202, get: 200, list: 200 };
const prefix = `${process.pid}-${Date.now()}`;
const apiKey = process.env['BENCH_API_KEY'] ?? 'test-key-123';
const remembered: Sent[] = [];
let serial = 0;

const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)]!;

function customerOf({ customers }: LoadPlan): string {
  return customers === undefined ? 'bench' : `bench-${Math.floor(Math.random() * customers)}`;
}

function basket(plan: LoadPlan): string {
  const { productIds, linesPerOrder, paymentMethod } = plan;
  const items = new Set<string>();
  while (items.size < Math.min(linesPerOrder, productIds.length)) items.add(pick(productIds));
  return JSON.stringify({
    items: [...items].map((productId) => ({ productId, quantity: 1 })),
    customerId: customerOf(plan),
    paymentMethod,
  });
}

function askFor(plan: LoadPlan, kind: Kind): Ask {
  const key = `${prefix}-${serial++}`;
  switch (kind) {
    case 'get': {
      const id = pick(plan.orderIds!);
      return { method: 'GET', path: `orders/${id}`, isRight: (_status, text) => text.startsWith(`{"id":"${id}"`) };
    }
    case 'list':
      return {
        method: 'GET',
        path: 'orders?limit=20',
        isRight: (_status, text) => text.startsWith('{"data":[{"id":"'),
      };
    case 'mixed':
      return askFor(plan, Math.random() < 0.7 ? 'get' : 'place');
    case 'deposit':
      return {
        method: 'POST',
        path: `balances/${customerOf(plan)}/deposits`,
        key,
        body: '{"amount":100,"currency":"USD"}',
        isRight: (_status, text) => text.includes('"type":"deposit"'),
      };
    case 'pay':
      return {
        method: 'POST',
        path: 'payments',
        key,
        body: '{"amount":2999,"currency":"USD","paymentMethodId":"pm_card_visa"}',
        isRight: (_status, text) => text.includes('"status":"processing"'),
      };
    case 'sold-out':
      return {
        method: 'POST',
        path: 'orders',
        key,
        body: basket(plan),
        isRight: (_status, text) => text.includes('"code":"insufficient-stock"'),
      };
    case 'replay': {
      const sent = pick(remembered);
      return {
        method: 'POST',
        path: 'orders',
        key: sent.key,
        body: sent.body,
        isRight: (_status, text) => text === sent.answer,
      };
    }
    case 'place': {
      const body = basket(plan);
      return {
        method: 'POST',
        path: 'orders',
        key,
        body,
        isRight: (status, text) => {
          if (status !== 201) return false;
          if (remembered.length < MAX_REMEMBERED) remembered.push({ key, body, answer: text });
          return text.startsWith('{"id":"') && text.includes('"status":"pending"');
        },
      };
    }
  }
}

function send(
  url: string,
  agent: Agent,
  { method, path, body, key }: Ask,
): Promise<{ status: number; text: string; retryAfter: number }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}/api/v1/${path}`,
      {
        agent,
        method,
        headers: {
          'x-api-key': apiKey,
          ...(key !== undefined && { 'idempotency-key': key }),
          ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        incoming.once('end', () =>
          resolve({ status: incoming.statusCode ?? 0, text, retryAfter: Number(incoming.headers['retry-after'] ?? 0) }),
        );
        incoming.once('error', reject);
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

async function run(plan: LoadPlan): Promise<LoadResult> {
  const { kind = 'place', mayBeTurnedAway = false } = plan;
  const urls = [plan.url, ...(plan.moreUrls ?? [])];
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections });
  const [latencies, refusals]: [number[], number[]] = [[], []];
  const statuses: Record<number, number> = {};
  let wrong = 0;
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const end = begun + plan.seconds * 1000;
  await Promise.all(
    Array.from({ length: plan.connections }, async (_, connection) => {
      const url = urls[connection % urls.length]!;
      while (performance.now() < end) {
        const ask = askFor(plan, kind);
        const sent = performance.now();
        const { status, text, retryAfter } = await send(url, agent, ask);
        const took = performance.now() - sent;
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status === 503 && mayBeTurnedAway) {
          refusals.push(took);
          if (!(retryAfter > 0)) wrong++;
          // A client with manners comes back after Retry-After, and not all at once.
          await new Promise((resolve) =>
            setTimeout(
              resolve,
              Math.min(retryAfter * 1000 * (0.5 + Math.random()), Math.max(0, end - performance.now())),
            ),
          );
          continue;
        }
        latencies.push(took);
        const wanted = expected[kind] ?? (kind === 'mixed' && ask.method === 'GET' ? 200 : 201);
        if (status !== wanted || !ask.isRight(status, text)) wrong++;
      }
    }),
  );
  agent.destroy();
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  refusals.sort((a, b) => a - b);
  return {
    answers: latencies.length,
    seconds: (performance.now() - begun) / 1000,
    p50: at(latencies, 0.5),
    p99: at(latencies, 0.99),
    statuses,
    wrong,
    cpuSeconds: (user + system) / 1e6,
    refusalP99: at(refusals, 0.99),
  };
}

process.on('message', (plan) => {
  void run(plan as LoadPlan).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
