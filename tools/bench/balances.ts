import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { commandLine } from '#platform/command-line/command-line.js';
import { runJob } from '#platform/command-line/lifetime.js';
import { makeDirectory, openPool, startDatabase } from './database.js';
import { loadOptions } from './load-options.js';
import { load, median, seedProducts, startClient, startProgram } from './program.js';

const { values } = commandLine({
  name: 'npm run bench:balances',
  purpose:
    'Measures orders paid from balance beside orders paid by card, in turns, and deposits per second beside what PostgreSQL does with the same statements from plain connections.',
  options: loadOptions(5),
});
const { rounds, seconds, connections } = values;
const CUSTOMERS = 1_000;
const say = (text: string) => process.stdout.write(`${text}\n`);

/** A deposit as one would write it by hand: key, account, movement, event, answer. */
async function depositPlainly(databaseUrl: string, clients: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  const begun = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      const run = (name: string, text: string, values: unknown[]) => client.query({ name, text, values });
      while (performance.now() < end) {
        const customer = `bench-${Math.floor(Math.random() * CUSTOMERS)}`;
        const id = randomUUID();
        await client.query('BEGIN');
        await run('d-record', 'SELECT 1 FROM idempotency_records WHERE id = $1', [id]);
        const { rows } = await run(
          'd-lock',
          'SELECT id, available, blocked FROM balance_accounts WHERE customer_id = $1 AND currency = $2 FOR NO KEY UPDATE',
          [customer, 'USD'],
        );
        const { id: account, available, blocked } = rows[0] as { id: string; available: string; blocked: string };
        await run(
          'd-move',
          'UPDATE balance_accounts SET available = available + 100, updated_at = now() WHERE id = $1',
          [account],
        );
        await run(
          'd-movement',
          `INSERT INTO ledger_movements (id, kind, reference, account_id, currency, amount, source, destination, available_after, blocked_after, created_at)
           VALUES ($1, 'deposit', $2, $3, 'USD', 100, 'cash', 'available', $4, $5, now())`,
          [id, `deposit:${id}`, account, Number(available) + 100, Number(blocked)],
        );
        await run(
          'd-event',
          `INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at)
           SELECT $1, 'balance.deposited', 'balance', $2, coalesce(max(sequence), 0) + 1, '{}', now() FROM events WHERE subject_id = $2`,
          [id, account],
        );
        await run(
          'd-answer',
          `INSERT INTO idempotency_records (id, caller, key, request_hash, status, body, headers) VALUES ($1, 'bench', $2, $3, 201, '{}', '{}')`,
          [id, id, Buffer.alloc(32)],
        );
        await client.query('COMMIT');
        done++;
      }
      await client.end();
    }),
  );
  return done / ((performance.now() - begun) / 1000);
}

await runJob({ text: 'The bench failed', code: 1 }, async (lifetime) => {
  const database = await startDatabase(lifetime, makeDirectory(lifetime));
  const program = await startProgram(lifetime, database.ownerUrl());
  const pool = openPool(lifetime, database.ownerUrl());
  const { spread } = await seedProducts(pool);
  await pool.query(
    `INSERT INTO balance_accounts (id, customer_id, currency, available, blocked, created_at, updated_at)
     SELECT gen_random_uuid(), 'bench-' || n, 'USD', 1000000000000, 0, now(), now() FROM generate_series(0, $1) n`,
    [CUSTOMERS - 1],
  );
  await pool.query('VACUUM ANALYZE balance_accounts');
  const client = startClient(lifetime);
  const plan = { url: program.url, connections, seconds, productIds: spread, linesPerOrder: 2, customers: CUSTOMERS };
  const rates: { card: number; balance: number; deposits: number; plain: number }[] = [];
  const rate = async (more: object) => {
    const { answers, seconds: took } = await load(client, { ...plan, ...more });
    return answers / took;
  };
  await rate({ paymentMethod: 'card' });
  await rate({ paymentMethod: 'balance' });
  for (let round = 0; round < rounds; round++) {
    const card = await rate({ paymentMethod: 'card' });
    const balance = await rate({ paymentMethod: 'balance' });
    const deposits = await rate({ kind: 'deposit' });
    const plain = await depositPlainly(database.ownerUrl(), connections);
    rates.push({ card, balance, deposits, plain });
    process.stderr.write(
      `round ${round + 1} of ${rounds}: card ${card.toFixed(0)}/s, balance ${balance.toFixed(0)}/s, deposits ${deposits.toFixed(0)}/s, plain ${plain.toFixed(0)}/s\n`,
    );
  }
  const of = (read: (r: (typeof rates)[number]) => number) => median(rates.map(read));
  say(`${connections} connections, medians of ${rounds} interleaved rounds of ${seconds} s`);
  say(`orders by card      ${of((r) => r.card).toFixed(0)}/s`);
  say(
    `orders from balance ${of((r) => r.balance).toFixed(0)}/s; a card order costs 1, this one ${of((r) => r.card / r.balance).toFixed(2)} (at most 1.5)`,
  );
  say(
    `deposits            ${of((r) => r.deposits).toFixed(0)}/s over HTTP; the same statements from ${connections} plain connections ${of((r) => r.plain).toFixed(0)}/s (${of((r) => r.deposits / r.plain).toFixed(2)})`,
  );
  return 0;
});
