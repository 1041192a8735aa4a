import { Agent, request } from 'node:http';

/** The closed-loop client, in a process of its own so that it does not share the program's event loop. Talks to its parent by IPC. */
export interface LoadPlan {
  url: string;
  connections: number;
  seconds: number;
  productIds: string[];
  linesPerOrder: number;
  paymentMethod?: 'card' | 'balance';
  /** Over how many customers the requests are spread; one without it. */
  customers?: number;
  /** Deposits instead of orders. */
  deposits?: boolean;
}

export interface LoadResult {
  answers: number;
  seconds: number;
  p50: number;
  p99: number;
  statuses: Record<number, number>;
  wrong: number;
  cpuSeconds: number;
}

let serial = 0;
const prefix = `${process.pid}-${Date.now()}`;

function customerOf({ customers }: LoadPlan): string {
  return customers === undefined ? 'bench' : `bench-${Math.floor(Math.random() * customers)}`;
}

function basket(plan: LoadPlan): string {
  const { productIds, linesPerOrder, paymentMethod } = plan;
  if (plan.deposits) return '{"amount":100,"currency":"USD"}';
  const items = new Map<string, number>();
  while (items.size < Math.min(linesPerOrder, productIds.length)) items.set(productIds[Math.floor(Math.random() * productIds.length)]!, 1);
  return JSON.stringify({ items: [...items].map(([productId, quantity]) => ({ productId, quantity })), customerId: customerOf(plan), paymentMethod });
}

function place(plan: LoadPlan, agent: Agent, body: string): Promise<{ status: number; right: boolean }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${plan.url}/api/v1/${plan.deposits ? `balances/${customerOf(plan)}/deposits` : 'orders'}`,
      {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-api-key': process.env['BENCH_API_KEY'] ?? 'test-key-123',
          'idempotency-key': `${prefix}-${serial++}`,
        },
      },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        incoming.once('end', () => {
          const status = incoming.statusCode ?? 0;
          resolve({
            status,
            right: status !== 201 || (text.startsWith('{"id":"') && text.includes(plan.deposits ? '"type":"deposit"' : '"status":"pending"')),
          });
        });
        incoming.once('error', reject);
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections });
  const latencies: number[] = [];
  const statuses: Record<number, number> = {};
  let wrong = 0;
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const end = begun + plan.seconds * 1000;
  await Promise.all(
    Array.from({ length: plan.connections }, async () => {
      while (performance.now() < end) {
        const sent = performance.now();
        const { status, right } = await place(plan, agent, basket(plan));
        latencies.push(performance.now() - sent);
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (!right) wrong++;
      }
    }),
  );
  agent.destroy();
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    answers: latencies.length,
    seconds: (performance.now() - begun) / 1000,
    p50: at(0.5),
    p99: at(0.99),
    statuses,
    wrong,
    cpuSeconds: (user + system) / 1e6,
  };
}

process.on('message', (plan) => {
  void run(plan as LoadPlan).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
