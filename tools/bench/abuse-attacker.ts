import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** What an attacker is told: whom to attack, for how long, and as which of the two. */
export interface AttackPlan {
  readonly url: string;
  readonly seconds: number;
  readonly productId: string;
  /** Access tokens of accounts that were registered; none for a stranger. */
  readonly tokens: readonly string[];
  /** Where it comes from, on the loopback network. */
  readonly address: string;
}

export interface AttackResult {
  readonly statuses: Readonly<Record<string, number>>;
}

const CONNECTIONS = 200;
const MEGABYTE = 1024 * 1024 - 1024;
const statuses: Record<string, number> = {};

function send(
  { url, address }: AttackPlan,
  agent: Agent,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<void> {
  return new Promise((resolve) => {
    const done = (status: string) => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      resolve();
    };
    const outgoing = request(`${url}/api/v1${path}`, {
      method,
      agent,
      localAddress: address,
      timeout: 10_000,
      headers: {
        ...headers,
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
    });
    outgoing.once('response', (answer) => answer.resume().once('close', () => done(String(answer.statusCode))));
    outgoing.once('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.once('error', () => done('broken'));
    outgoing.end(body);
  });
}

/** A connection that sends its body byte by byte, as often as it is let. */
async function drip({ url, address }: AttackPlan, until: number): Promise<void> {
  const { hostname, port } = new URL(url);
  while (Date.now() < until) {
    const socket = connect({ host: hostname, port: Number(port), localAddress: address });
    socket.on('error', () => undefined);
    socket.write(
      'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{',
    );
    while (!socket.destroyed && Date.now() < until) {
      socket.write(' ');
      await sleep(500);
    }
    socket.destroy();
  }
}

const many = (count: number, item: (i: number) => string) => Array.from({ length: count }, (_, i) => item(i)).join();

/** The costliest requests that a stranger can send. */
function strangersRequests(plan: AttackPlan, agent: Agent): (() => Promise<void>)[] {
  const post = (path: string, body: string, headers = {}) => send(plan, agent, 'POST', path, body, headers);
  const members = `{${many(100_000, (i) => `"m${i}":1`)}}`;
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  const long = `{"id":"${'x'.repeat(MEGABYTE)}"}`;
  const guess = () => JSON.stringify({ email: `${randomUUID()}@example.com`, password: 'a wrong password' });
  return [
    () => post('/auth/login', guess()),
    () => post('/auth/register', guess()),
    () => post('/auth/login', members),
    () => post('/auth/register', deep),
    () => post('/webhooks/stripe', long, { 'stripe-signature': 't=1,v1=00' }),
    () => post('/auth/refresh', '{"refreshToken":"x"}'),
    () => send(plan, agent, 'GET', `/products?q=${randomUUID()}`),
    () => send(plan, agent, 'GET', `/products?inStock=false&limit=100`),
    () => send(plan, agent, 'GET', '/orders', undefined, { authorization: `Bearer a.${'b'.repeat(2_000)}.c` }),
  ];
}

/** The costliest requests that accounts without money can send. */
function customersRequests(plan: AttackPlan, agent: Agent): (() => Promise<void>)[] {
  const { tokens, productId } = plan;
  let turn = 0;
  const authorized = () => ({ authorization: `Bearer ${tokens[turn++ % tokens.length]!}` });
  const post = (path: string, body: string) =>
    send(plan, agent, 'POST', path, body, { ...authorized(), 'idempotency-key': randomUUID(), prefer: 'wait=30' });
  const kept = { note: 'x'.repeat(15_000) };
  const order = (quantity: number) =>
    JSON.stringify({ items: [{ productId, quantity }], shippingAddress: kept, metadata: kept });
  const lines = JSON.stringify({ items: Array.from({ length: 100 }, () => ({ productId, quantity: 10_000 })) });
  return [
    () => post('/orders', order(1)),
    () => post('/orders', order(5)),
    () => post('/orders', lines),
    () => post('/payments', JSON.stringify({ orderId: randomUUID(), paymentMethodId: 'pm_card_chargeDeclined' })),
    () => send(plan, agent, 'GET', '/auth/me/export', undefined, authorized()),
    () => send(plan, agent, 'GET', '/orders?limit=100', undefined, authorized()),
    () => send(plan, agent, 'PATCH', '/auth/me', '{"firstName":"x"}', authorized()),
  ];
}

// An attacker computes on machines of its own. Here it shares the server's, and takes what the server leaves.
setPriority(10);

process.once('message', (message) => {
  const plan = message as AttackPlan;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const isStranger = plan.tokens.length === 0;
  const requests = isStranger ? strangersRequests(plan, agent) : customersRequests(plan, agent);
  const slow = isStranger ? CONNECTIONS / 4 : 0;
  process.send!('ready');
  process.once('message', () => attack(plan, requests, slow));
});

function attack(plan: AttackPlan, requests: readonly (() => Promise<void>)[], slow: number): void {
  const until = Date.now() + plan.seconds * 1000;
  const busy = async (first: number) => {
    for (let i = first; Date.now() < until; i++) {
      await requests[i % requests.length]!();
      // Each connection a few times a second: the attack is meant to be cheap for the attacker.
      await sleep(50);
    }
  };
  void Promise.all([
    ...Array.from({ length: slow }, () => drip(plan, until)),
    ...Array.from({ length: CONNECTIONS - slow }, (_, i) => busy(i)),
  ]).then(() => {
    process.send!({ statuses } satisfies AttackResult);
    process.disconnect();
  });
}
