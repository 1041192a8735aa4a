import { setTimeout as sleep } from 'node:timers/promises';
import Stripe from 'stripe';
import type { Shared } from './client.js';
import type { History } from './history.js';
import type { World } from './world.js';

const KEY = 'test-key-123';
/** How long nothing may get done while something is waiting. */
const STUCK_MS = 90_000;
/** How long everything may take that is still to be done. */
const QUIET_MS = 900_000;
/** Waits for its time on purpose: refunds that a provider refused are asked for again much later. */
const patient = `subscriber NOT IN ('payments.retry-unwanted-refund')`;

/** Waits until everything that happens by itself has happened, and then compares every book with every other. */
export async function judge(
  world: World,
  history: History,
  shared: Shared,
  endpointId: string,
  say: (text: string) => void,
): Promise<void> {
  const call = async <T>(method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${world.url}/api/v1${path}`, {
      method,
      headers: { 'x-api-key': KEY, ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as T };
  };
  const quiet = async (what: string) => {
    const end = Date.now() + QUIET_MS;
    let [waiting, before] = ['', 0];
    for (let deadline = Date.now() + STUCK_MS; Date.now() < deadline; await sleep(500)) {
      const [row] = await world.ask<{ n: string }>(`SELECT count(*) AS n FROM outbox WHERE ${patient}`);
      if (row!.n === '0') return;
      const received = world.merchants.reduce((sum, merchant) => sum + merchant.received, 0);
      if (row!.n !== waiting || received !== before) deadline = Math.min(end, Date.now() + STUCK_MS);
      [waiting, before] = [row!.n, received];
    }
    const rows = await world.ask(
      `SELECT o.subscriber, o.attempts, o.due_at, o.last_error, e.type, e.subject_id FROM outbox o JOIN events e ON e.id = o.event_id WHERE ${patient} ORDER BY o.due_at LIMIT 5`,
    );
    history.violation(`${what}: reactions are still waiting: ${JSON.stringify(rows)}`);
  };

  say('waiting until everything that happens by itself has happened');
  await quiet('after the faults');
  say('comparing with the payment provider, and healing what was not heard');
  for (let round = 1; ; round++) {
    const window = {
      from: new Date(Date.now() - 6 * 3_600_000).toISOString(),
      to: new Date(Date.now() + 600_000).toISOString(),
    };
    const { body } = await call<{ status: string; report: { open: number; healed: number } | null }>(
      'POST',
      '/operations/reconciliations',
      window,
      {
        prefer: 'wait=30',
      },
    );
    await quiet('after reconciling');
    if (body.status === 'finished' && body.report!.open === 0 && body.report!.healed === 0) break;
    if (round >= 12) {
      history.violation(`after ${round} reconciliations there are still differences: ${JSON.stringify(body)}`);
      break;
    }
  }
  say('trying dead letters again');
  for (let round = 0; round < 3; round++) {
    const { body } = await call<{ data: { id: string }[] }>('GET', '/operations/dead-letters?limit=100');
    if (body.data.length === 0) break;
    for (const { id } of body.data) await call('POST', `/operations/dead-letters/${id}/retry`, {});
    await quiet('after retrying dead letters');
  }
  const { body: letters } = await call<{ data: { subscriber: string; lastError: string }[] }>(
    'GET',
    '/operations/dead-letters?limit=100',
  );
  if (letters.data.length > 0)
    history.violation(`dead letters that cannot be brought to life: ${JSON.stringify(letters.data.slice(0, 3))}`);

  say('checking the books');
  const { body: integrity } = await call<{
    ok: boolean;
    checks: { name: string; ok: boolean; violations: unknown[] }[];
  }>('GET', '/operations/integrity');
  for (const { name, ok, violations } of integrity.checks)
    if (!ok) history.violation(`${name}: ${JSON.stringify(violations.slice(0, 3))}`);
  await compareHistory(world, history, shared);
  await compareProvider(world, history);
  await compareDeliveries(world, history, endpointId);
}

/** Acknowledged means found, and found means acknowledged: every unknown outcome was resolved by a repetition. */
async function compareHistory(world: World, history: History, shared: Shared): Promise<void> {
  const orders = new Map(
    (await world.ask<{ id: string; status: string }>('SELECT id, status FROM orders')).map(({ id, status }) => [
      id,
      status,
    ]),
  );
  const acknowledged = new Set(shared.orders.map(({ id }) => id));
  for (const id of acknowledged) if (!orders.has(id)) history.violation(`order ${id} was acknowledged and is lost`);
  if (history.unresolvedKeys.length === 0)
    for (const id of orders.keys())
      if (!acknowledged.has(id)) history.violation(`order ${id} is there and no client was told`);
  for (const [id, status] of history.terminals)
    if (orders.get(id) !== status) history.violation(`order ${id} was told to be ${status} and is ${orders.get(id)}`);
  const stock = await world.ask<{ product_id: string; units: string }>(
    `SELECT product_id, sum(delta) AS units FROM stock_adjustments WHERE reason = 'torture' GROUP BY 1`,
  );
  const balances = await world.ask<{ customer_id: string; amount: string }>(
    `SELECT a.customer_id, sum(CASE m.kind WHEN 'deposit' THEN m.amount ELSE -m.amount END) AS amount
     FROM ledger_movements m JOIN balance_accounts a ON a.id = m.account_id WHERE m.kind IN ('deposit', 'withdrawal') GROUP BY 1`,
  );
  const compare = (what: string, told: ReadonlyMap<string, number>, found: ReadonlyMap<string, number>) => {
    for (const name of new Set([...told.keys(), ...found.keys()]))
      if ((told.get(name) ?? 0) !== (found.get(name) ?? 0))
        history.violation(`${what} of ${name}: ${told.get(name)} was acknowledged, ${found.get(name)} is there`);
  };
  compare('stock', history.stock, new Map(stock.map((row) => [row.product_id, Number(row.units)])));
  compare('money', history.balances, new Map(balances.map((row) => [row.customer_id, Number(row.amount)])));
}

/** The provider's own list and our books speak of the same money, payment by payment. */
async function compareProvider(world: World, history: History): Promise<void> {
  const stripe = new Stripe('sk_test_torture', {
    host: '127.0.0.1',
    port: world.simulator.port,
    protocol: 'http',
    telemetry: false,
  });
  const theirs = new Map<string, { captured: number; refunded: number; status: string }>();
  for await (const { id, amount_received, status } of stripe.paymentIntents.list({ limit: 100 }))
    theirs.set(id, { captured: amount_received, refunded: 0, status });
  for await (const { payment_intent, amount, status } of stripe.refunds.list({ limit: 100 }))
    if (status !== 'failed' && status !== 'canceled') theirs.get(payment_intent as string)!.refunded += amount;
  const ours = new Map(
    (
      await world.ask<{
        id: string;
        provider_reference: string | null;
        amount_captured: string;
        amount_refunded: string;
        status: string;
        updated_at: Date;
      }>(
        `SELECT id, provider_reference, amount_captured, amount_refunded, status, updated_at FROM payments WHERE provider = 'stripe'`,
      )
    ).map((row) => [row.provider_reference ?? row.id, row]),
  );
  for (const [reference, { captured, refunded, status }] of theirs) {
    const known = ours.get(reference);
    if (captured === 0 && !known) continue; // asked for by a client that did not hear of it; nothing was taken
    if (Number(known?.amount_captured) === captured && Number(known?.amount_refunded) === refunded) continue;
    history.violation(
      `the provider has taken ${captured} and given back ${refunded} for ${reference} (${status}); our books say ${JSON.stringify(known)}`,
    );
  }
  for (const [reference, { amount_captured }] of ours)
    if (Number(amount_captured) > 0 && !theirs.has(reference))
      history.violation(`the provider knows nothing of ${reference}, our books say ${amount_captured}`);
}

/** Every event reached the merchant who has listened from the beginning, under one id with one body. */
async function compareDeliveries(world: World, history: History, endpointId: string): Promise<void> {
  const [first] = world.merchants;
  const events = await world.ask<{ event_id: string; status: string }>(
    'SELECT event_id, status FROM webhook_deliveries WHERE endpoint_id = $1',
    [endpointId],
  );
  const wanted = await world.ask<{ n: string }>(
    `SELECT count(*) AS n FROM events e WHERE type IN ('order.placed', 'order.completed', 'order.canceled', 'payment.succeeded', 'payment.refunded')
     AND occurred_at > (SELECT created_at + interval '5 minutes 1 second' FROM webhook_endpoints WHERE id = $1)
     AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.id AND d.endpoint_id = $1)`,
    [endpointId],
  );
  if (wanted[0]!.n !== '0') history.violation(`${wanted[0]!.n} events were given to no endpoint`);
  const missing = events.filter(({ event_id }) => !first!.bodies.has(event_id));
  if (missing.length > 0)
    history.violation(
      `${missing.length} of ${events.length} events never reached the merchant, the first ${missing[0]!.event_id} (${missing[0]!.status})`,
    );
  for (const [id, bodies] of first!.bodies)
    if (bodies.size > 1) history.violation(`event ${id} was sent with ${bodies.size} different bodies`);
}
