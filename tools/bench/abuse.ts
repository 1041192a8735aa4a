import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '#platform/command-line/command-line.js';
import { runJob, type Lifetime } from '#platform/command-line/lifetime.js';
import type { AttackPlan, AttackResult } from './abuse-attacker.js';
import { makeDirectory, openPool, startDatabase } from './database.js';
import { seedProducts, startChild, startProgram } from './program.js';

const { values } = commandLine({
  name: 'npm run bench:abuse',
  purpose:
    'Measures what a merchant notices while strangers and customers do their worst: a stranger with 200 connections, and one with 20 registered accounts. Ends with 1 when the p99 of POST /orders is above 250 ms, a request of the merchant is answered 5xx, or the attackers hold a tenth of the stock.',
  options: {
    seconds: { type: 'number', placeholder: 'S', default: 60, min: 5, max: 3600, text: 'how long they attack' },
    rate: {
      type: 'number',
      placeholder: 'N',
      default: 50,
      min: 1,
      max: 1000,
      text: 'orders per second of the merchant',
    },
  },
});

const MERCHANT = { p99Ms: 250, stockForSale: 0.9 };
const ACCOUNTS = 20;
const STOCK = 10_000;

interface Served {
  readonly p50: number;
  readonly p99: number;
  readonly statuses: Readonly<Record<string, number>>;
}

/** A merchant's connections are kept open: libuv accepts one new connection per turn of its loop, behind those of a flood. */
const agent = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 64 });

function postOrder(url: string, body: string): Promise<string> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-api-key': 'test-key-123',
      'idempotency-key': randomUUID(),
    };
    request(`${url}/api/v1/orders`, { method: 'POST', agent, headers })
      .once('response', (answer) => answer.resume().once('end', () => resolve(String(answer.statusCode))))
      .once('error', () => resolve('broken'))
      .end(body);
  });
}

/** Sends at a fixed rate, whether or not answers come; time counts from when a request was due (coordinated omission). */
async function placeOrders(url: string, productIds: readonly string[], seconds: number, rate: number): Promise<Served> {
  const times: number[] = [];
  const statuses: Record<string, number> = {};
  const begun = performance.now();
  const place = async (due: number, nth: number) => {
    const body = JSON.stringify({ items: [{ productId: productIds[nth % productIds.length], quantity: 1 }] });
    const status = await postOrder(url, body);
    statuses[status] = (statuses[status] ?? 0) + 1;
    times.push(performance.now() - begun - due);
  };
  const placed: Promise<void>[] = [];
  for (let nth = 0; nth < seconds * rate; nth++) {
    const due = (nth * 1000) / rate;
    const early = due - (performance.now() - begun);
    if (early > 0) await sleep(early);
    placed.push(place(due, nth));
  }
  await Promise.all(placed);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { p50: at(0.5), p99: at(0.99), statuses };
}

/** An attacker who has prepared what to send, so that what that costs is not measured. */
async function prepareAttack(lifetime: Lifetime, plan: AttackPlan): Promise<() => Promise<AttackResult>> {
  const child = startChild(lifetime, './abuse-attacker.js');
  const next = () => new Promise<unknown>((resolve) => child.once('message', resolve));
  const ready = next();
  child.send(plan);
  await ready;
  return async () => {
    const result = next();
    child.send('attack');
    return (await result) as AttackResult;
  };
}

async function openAccounts(url: string): Promise<string[]> {
  const post = (path: string, body: object) =>
    fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const tokens: string[] = [];
  for (let i = 0; i < ACCOUNTS; i++) {
    const account = { email: `abuse-${i}@example.com`, password: 'a long and quiet sentence' };
    await post('/auth/register', account);
    tokens.push(((await (await post('/auth/login', account)).json()) as { accessToken: string }).accessToken);
  }
  return tokens;
}

const line = (name: string, { p50, p99, statuses }: Served) =>
  `${name.padEnd(28)} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; ${JSON.stringify(statuses)}\n`;

await runJob({ text: 'The bench failed', code: 2 }, async (lifetime) => {
  const { seconds, rate } = values;
  const database = await startDatabase(lifetime, makeDirectory(lifetime));
  // The demo's limits, and orders that expire: what a shop has that changed nothing.
  const program = await startProgram(lifetime, database.ownerUrl(), {
    env: { ORDER_PAYMENT_TTL: '1800', SIMULATOR_DELAY_MS: '5000', LOG_LEVEL: 'info' },
  });
  program.child.stdout!.resume();
  const pool = openPool(lifetime, database.ownerUrl());
  const { spread } = await seedProducts(pool);
  const [wanted, ...others] = spread as [string, ...string[]];
  await pool.query('UPDATE inventory SET stock = $2 WHERE product_id = $1', [wanted, STOCK]);
  const tokens = await openAccounts(program.url);
  await placeOrders(program.url, others, 5, rate);
  const quiet = await placeOrders(program.url, others, Math.min(seconds, 15), rate);
  process.stdout.write(line('nothing else', quiet));

  const plan = { url: program.url, seconds, productId: wanted };
  await Promise.all(Array.from({ length: 64 }, () => postOrder(program.url, '{}'))); // opens them
  const attackers = [
    await prepareAttack(lifetime, { ...plan, tokens: [], address: '127.0.0.2' }),
    await prepareAttack(lifetime, { ...plan, tokens, address: '127.0.0.3' }),
  ];
  const attacks = attackers.map((attack) => attack());
  const attacked = await placeOrders(program.url, others, seconds, rate);
  process.stdout.write(line('strangers and customers', attacked));
  const [strangers, customers] = await Promise.all(attacks);
  process.stdout.write(`the stranger was answered     ${JSON.stringify(strangers!.statuses)}\n`);
  process.stdout.write(`the customers were answered   ${JSON.stringify(customers!.statuses)}\n`);
  const { rows } = await pool.query<{ stock: number }>('SELECT stock::int FROM inventory WHERE product_id = $1', [
    wanted,
  ]);
  const left = rows[0]!.stock / STOCK;
  process.stdout.write(`stock for sale                ${(left * 100).toFixed(1)} %\n`);
  const faults = Object.keys(attacked.statuses).filter((status) => !status.startsWith('2'));
  return attacked.p99 < MERCHANT.p99Ms && faults.length === 0 && left > MERCHANT.stockForSale ? 0 : 1;
});
