import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Baseline } from './baseline.js';
import { benchId, SPREAD_PRODUCTS } from './program.js';

/**
 * PostgreSQL's own limit for the same work, driven by its own client: prepared statements from C, as many clients as are told,
 * one order per transaction. It keeps the same promises (key, stock, order, lines, event, answer) and nothing else.
 */
export const hasPgbench: boolean = spawnSync('pgbench', ['--version']).status === 0;

const FILLER = 'x'.repeat(600);
const product = (variable: string) => benchId(`'bench-' || :${variable}`);
const body = `('{"filler":"${FILLER}"}')`;
const orderColumns = `id, order_number, customer_id, status, payment_status, payment_method, currency, subtotal, tax, shipping, total, metadata, version, created_at, updated_at, expires_at`;
const lineColumns = `order_id, position, product_id, name, quantity, unit_price, total`;
const eventColumns = `id, type, subject_type, subject_id, sequence, data, occurred_at`;
const recordColumns = `id, caller, key, request_hash, status, body, headers`;
const prepare = (last: string) => `\\set a random(3, ${last})\n\\set b random(3, ${last})\n`;

/** Two lines each. @param isHot whether all want the same product, `bench-2` */
function plainScript(isHot: boolean): string {
  const [first, second] = isHot ? [benchId("'bench-2'"), null] : [product('a'), product('b')];
  const both = second === null ? `ARRAY[${first}]` : `ARRAY[${first}, ${second}]`;
  const each = second === null ? [first] : [first, second];
  return `${prepare(String(SPREAD_PRODUCTS + 2))}BEGIN;
SELECT 1 FROM idempotency_records WHERE id = (SELECT gen_random_uuid());
SELECT product_id, stock FROM inventory WHERE product_id = ANY(${both}) ORDER BY product_id FOR NO KEY UPDATE;
SELECT id, price FROM products WHERE id = ANY(${both});
${each.map((id) => `UPDATE inventory SET stock = stock - 1, in_use = true WHERE product_id = ${id} AND stock >= 1;`).join('\n')}
INSERT INTO orders (${orderColumns}) VALUES (gen_random_uuid(), gen_random_uuid()::text, 'bench', 'pending', 'unpaid', 'card', 'USD', 200, 0, 0, 200, '{}', 1, now(), now(), now() + interval '30 minutes') RETURNING id AS o \\gset
${each.map((id, i) => `INSERT INTO order_lines (${lineColumns}) VALUES (:o::uuid, ${i}, ${id}, 'product', 1, 100, 100);`).join('\n')}
INSERT INTO events (${eventColumns}) VALUES (gen_random_uuid(), 'order.placed', 'order', :o::uuid, 1, ${body}, now());
INSERT INTO idempotency_records (${recordColumns}) VALUES (gen_random_uuid(), 'bench', gen_random_uuid()::text, '\\x00', 201, ${body}, '{}');
COMMIT;
`;
}

function oneStatementScript(isHot: boolean): string {
  const both = isHot ? `ARRAY[${benchId("'bench-2'")}]` : `ARRAY[${product('a')}, ${product('b')}]`;
  return `${prepare(String(SPREAD_PRODUCTS + 2))}WITH wanted AS MATERIALIZED (SELECT product_id FROM inventory WHERE product_id = ANY(${both}) AND stock >= 1 ORDER BY product_id FOR NO KEY UPDATE),
 taken AS (UPDATE inventory i SET stock = i.stock - 1, in_use = true FROM wanted w JOIN products p ON p.id = w.product_id WHERE i.product_id = w.product_id RETURNING p.id, p.price),
 placed AS (INSERT INTO orders (${orderColumns}) SELECT gen_random_uuid(), gen_random_uuid()::text, 'bench', 'pending', 'unpaid', 'card', 'USD', sum(price), 0, 0, sum(price), '{}'::json, 1, now(), now(), now() + interval '30 minutes' FROM taken HAVING count(*) > 0 RETURNING id),
 line AS (INSERT INTO order_lines (${lineColumns}) SELECT placed.id, row_number() OVER (ORDER BY taken.id) - 1, taken.id, 'product', 1, price, price FROM taken, placed),
 event AS (INSERT INTO events (${eventColumns}) SELECT gen_random_uuid(), 'order.placed', 'order', id, 1, ${body}::json, now() FROM placed)
INSERT INTO idempotency_records (${recordColumns}) SELECT gen_random_uuid(), 'bench', gen_random_uuid()::text, '\\x00', 201, ${body}, '{}'::json FROM placed;
`;
}

/** A deposit as one would write it: lock the account, move, note the movement, remember the answer. */
const depositScript = `\\set c random(0, 999)
BEGIN;
SELECT id AS account, available FROM balance_accounts WHERE customer_id = 'bench-' || :c AND currency = 'USD' FOR NO KEY UPDATE \\gset
UPDATE balance_accounts SET available = available + 100, updated_at = now() WHERE id = :account::uuid;
INSERT INTO ledger_movements (id, kind, reference, account_id, currency, amount, source, destination, created_at) VALUES (gen_random_uuid(), 'deposit', gen_random_uuid()::text, :account::uuid, 'USD', 100, 'cash', 'available', now());
INSERT INTO events (${eventColumns}) VALUES (gen_random_uuid(), 'balance.deposited', 'balance', gen_random_uuid(), 1, ${body}, now());
INSERT INTO idempotency_records (${recordColumns}) VALUES (gen_random_uuid(), 'bench', gen_random_uuid()::text, '\\x00', 201, ${body}, '{}');
COMMIT;
`;

const lines = `(SELECT json_agg(json_build_object('productId', l.product_id, 'sku', l.sku, 'name', l.name, 'quantity', l.quantity, 'unitPrice', l.unit_price, 'total', l.total) ORDER BY l.position) FROM order_lines l WHERE l.order_id = o.id) AS items`;
/** What GET by id asks; the ids are those of a table that the bench makes. */
const readScript = `\\set n random(1, 5000)
SELECT o.*, ${lines} FROM orders o WHERE o.id = (SELECT id FROM bench_orders WHERE n = :n);
`;
const listScript = `SELECT o.*, ${lines} FROM orders o ORDER BY o.id DESC LIMIT 21;
`;

export const pgbenchScripts = {
  plain: plainScript(false),
  'hot plain': plainScript(true),
  one: oneStatementScript(false),
  'hot one': oneStatementScript(true),
  deposit: depositScript,
  read: readScript,
  list: listScript,
} as const;

/** Runs one script from so many clients for so long. @throws Error with what pgbench says */
export async function pgbench(
  url: string,
  script: keyof typeof pgbenchScripts,
  clients: number,
  seconds: number,
): Promise<Baseline> {
  const directory = mkdtempSync(join(tmpdir(), 'quittance-pgbench-'));
  try {
    const file = join(directory, 'script.sql');
    writeFileSync(file, pgbenchScripts[script]);
    const threads = Math.min(clients, 2);
    const args = ['-n', '-M', 'prepared', '-f', file, '-c', `${clients}`, '-j', `${threads}`, '-T', `${seconds}`];
    const output = await run([...args, '--log', `--log-prefix=${join(directory, 'log')}`, url], directory);
    const rate = Number(/^tps = ([\d.]+) \(without/m.exec(output)?.[1]);
    if (!Number.isFinite(rate) || /^number of failed transactions: [1-9]/m.test(output))
      throw new Error(`pgbench says:\n${output}`);
    const latencies = readdirSync(directory)
      .filter((name) => name.startsWith('log'))
      .flatMap((name) => readFileSync(join(directory, name), 'utf8').trim().split('\n'))
      .map((line) => Number(line.split(' ')[2]) / 1000)
      .sort((a, b) => a - b);
    const at = (share: number) =>
      latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? NaN;
    return { rate, p50: at(0.5), p99: at(0.99) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function run(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn('pgbench', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`pgbench failed:\n${output}`))));
  });
}
