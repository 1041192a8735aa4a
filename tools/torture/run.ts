import { actOnSome } from '../simulator/banks.js';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Lifetime } from '#platform/command-line/lifetime.js';
import { TortureClient, type Shared } from './client.js';
import { History } from './history.js';
import { judge } from './judge.js';
import { fingerprint, planFaults, PRODUCTS, type Fault } from './plan.js';
import { Random } from './random.js';
import { World } from './world.js';

export interface TortureOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly clients: number;
  /** Seconds between faults, on average. */
  readonly gapSeconds: number;
  say(text: string): void;
}

export interface ProviderPaymentState {
  readonly plan: string;
  readonly operations: number;
  readonly unknown: number;
  readonly unresolved: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly received: number;
  readonly violations: readonly string[];
}

/** Lets clients loose on a shop while it is being broken, heals it, and audits everything. */
export async function torture(
  lifetime: Lifetime,
  { seed, seconds, clients, gapSeconds, say }: TortureOptions,
): Promise<ProviderPaymentState> {
  const plan = planFaults(seed, seconds * 1000, gapSeconds * 1000);
  const mark = fingerprint(seed, clients, plan);
  say(`seed ${seed}, plan ${mark}: ${clients} clients, ${plan.length} faults, ${seconds} s`);
  const world = await World.create(lifetime, seed);
  const history = new History();
  const struck: Record<string, number> = {};
  await world.untilReady();
  const shared: Shared = { products: [], orders: [], payments: [], methods: [], endpoints: 0 };
  const post = async (path: string, body: object) =>
    (await (
      await fetch(`${world.url}/api/v1${path}`, {
        method: 'POST',
        headers: {
          'x-api-key': 'test-key-123',
          'content-type': 'application/json',
          'idempotency-key': `torture-${path}-${shared.products.length}`,
        },
        body: JSON.stringify(body),
      })
    ).json()) as { id: string };
  for (let i = 0; i < PRODUCTS; i++) {
    const { id } = await post('/products', {
      name: `Product ${i}`,
      price: 500 + 250 * i,
      currency: 'USD',
      stock: i === 0 ? 20 : 200,
    });
    shared.products.push(id);
  }
  const endpoint = await post('/webhooks/endpoints', { url: world.merchants[0]!.url, events: ['*'] });
  let isOver = false;
  const random = new Random(seed);
  const running = Array.from({ length: clients }, (_, i) =>
    new TortureClient(world, history, shared, random.fork(i), () => isOver).run(),
  );
  const begun = Date.now();
  const reporting = setInterval(() => {
    const faults = Object.values(struck).reduce((sum, count) => sum + count, 0);
    say(
      `${Math.round((Date.now() - begun) / 1000)} s: ${history.total} operations, ${faults} faults, ${history.unknown} unknown, ${history.violations.length} violations`,
    );
  }, 15_000);
  const striking: Promise<void>[] = [];
  for (const { atMs, fault } of plan) {
    await sleep(Math.max(0, begun + atMs - Date.now()));
    struck[fault.kind] = (struck[fault.kind] ?? 0) + 1;
    const done = strike(world, shared, fault).catch((error: unknown) =>
      history.violation(`the fault ${fault.kind} could not be made: ${String(error)}`),
    );
    // What kills waits for what is there again; the rest goes on beside whatever comes next.
    if (fault.kind.startsWith('kill')) await done;
    else striking.push(done);
  }
  await sleep(Math.max(0, begun + seconds * 1000 - Date.now()));
  await Promise.all(striking);
  say('healing');
  await world.heal();
  isOver = true;
  await Promise.all(running);
  clearInterval(reporting);
  await judge(world, history, shared, endpoint.id, say);
  struck['connections cut'] = world.proxy.cutSoFar;
  return {
    plan: mark,
    operations: history.total,
    unknown: history.unknown,
    unresolved: history.unresolvedKeys.length,
    faults: struck,
    received: world.merchants.reduce((sum, merchant) => sum + merchant.received, 0),
    violations: [...history.violations, ...history.unresolvedKeys.map((key) => `never resolved: ${key}`)],
  };
}

async function strike(world: World, shared: Shared, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'kill-program':
      return world.killProgram(fault.clockSkewSeconds);
    case 'kill-database':
      return world.killDatabase();
    case 'freeze-program':
      return world.freezeProgram(fault.milliseconds);
    case 'terminate-backends': {
      await world.ask(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'quittance-%' AND random() < $1`,
        [fault.share],
      );
      return;
    }
    case 'cut-connections':
      return world.proxy.cutAfter(fault.afterBytes, fault.times);
    case 'slow-database':
      world.proxy.slowDown(fault.delayMs);
      await sleep(fault.milliseconds);
      return world.proxy.slowDown(0);
    case 'lock-product': {
      const client = new pg.Client({ connectionString: world.databaseUrl });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query('BEGIN');
        await client.query('SELECT 1 FROM inventory WHERE product_id = $1 FOR UPDATE', [
          shared.products[fault.product],
        ]);
        await sleep(fault.milliseconds);
        await client.query('ROLLBACK');
      } catch {
        // the database was killed meanwhile, and the lock with it
      } finally {
        await client.end().catch(() => undefined);
      }
      return;
    }
    case 'provider':
      world.simulator.scheduleFaults([
        { fault: fault.fault as 'decline', probability: fault.probability, delayMs: 800 },
      ]);
      await sleep(fault.milliseconds);
      return world.simulator.scheduleFaults([]);
    case 'banks':
      return actOnSome(world.simulator.simulated, fault.act, fault.share);
    case 'provider-down':
      world.simulator.goDown();
      await sleep(fault.milliseconds);
      return world.simulator.comeBack();
    case 'receiver':
      for (const merchant of world.merchants) merchant.mode = fault.mode;
      await sleep(fault.milliseconds);
      for (const merchant of world.merchants) merchant.mode = 'well';
  }
}
