import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Lifetime } from '#platform/command-line/lifetime.js';
import { makeDirectory, openPool, startDatabase } from './database.js';
import { seedProducts, startChild, startClient, startProgram, type Program } from './program.js';

export const LINES = 2;
export const CUSTOMERS = 1_000;

/** The program, its client and its database, with products and balances in it. */
export async function openShop(lifetime: Lifetime, seconds: number) {
  const external = process.env['DATABASE_URL'];
  const embedded = external
    ? null
    : await startDatabase(lifetime, makeDirectory(lifetime), ['shared_preload_libraries=pg_stat_statements']);
  const databaseUrl = external || embedded!.ownerUrl();
  const pool = openPool(lifetime, databaseUrl);
  const program = await startProgram(lifetime, databaseUrl, { env: { WEBHOOK_ALLOW_PRIVATE: 'true' } });
  await registerReceiver(lifetime, program);
  const client = startClient(lifetime);
  const hasStatements = await pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements').then(
    () => true,
    () => false,
  );
  const products = await seedProducts(pool);
  await pool.query(
    `INSERT INTO balance_accounts (id, customer_id, currency, available, blocked, created_at, updated_at)
     SELECT gen_random_uuid(), 'bench-' || n, 'USD', 1000000000000, 0, now(), now() FROM generate_series(0, $1) n`,
    [CUSTOMERS - 1],
  );
  return {
    lifetime,
    /** How long each measurement takes. */
    seconds,
    databaseUrl,
    embedded,
    pool,
    program,
    client,
    hasStatements,
    products,
    orderIds: [] as string[],
  };
}

/** A merchant who is told everything, as shops have one. */
async function registerReceiver(lifetime: Lifetime, { url }: Program): Promise<void> {
  const receiver = startChild(lifetime, './receiver.js');
  const { port } = await new Promise<{ port: number }>((resolve) => receiver.once('message', resolve as () => void));
  const answer = await fetch(`${url}/api/v1/webhooks/endpoints`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'test-key-123' },
    body: JSON.stringify({ url: `http://127.0.0.1:${port}/`, events: ['*'] }),
  });
  if (answer.status !== 201) throw new Error(`The endpoint was answered ${answer.status}`);
}

export type BenchShop = Awaited<ReturnType<typeof openShop>>;

export async function one(pool: pg.Pool, text: string): Promise<number> {
  return Number(Object.values((await pool.query<Record<string, string>>(text)).rows[0]!)[0]);
}

/** Waits until what was asked for before has been done: payments go on in the background for a while. */
export async function quiet({ pool }: BenchShop): Promise<void> {
  const due = `SELECT count(*) FROM (SELECT FROM outbox WHERE due_at <= now() + interval '2 seconds' LIMIT 1) o`;
  for (let calm = 0; calm < 5; await sleep(100)) calm = (await one(pool, due)) === 0 ? calm + 1 : 0;
}
