import { randomUUID } from 'node:crypto';
import pg from 'pg';

/**
 * PostgreSQL's own limit for the same work: one order per transaction, as one would write it by hand on plain
 * connections. It keeps the same promises (key, stock, order, lines, event, answer) and nothing else: no HTTP, no validation.
 */
export interface Baseline {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

type PlaceOne = (client: pg.Client, productIds: readonly string[], lines: number) => Promise<void>;

/** Runs a piece of work from so many clients for so long, each in a closed loop on a connection of its own. */
export async function inClosedLoops(
  url: string,
  clients: number,
  seconds: number,
  work: (client: pg.Client) => Promise<void>,
): Promise<Baseline> {
  const latencies: number[] = [];
  const connections = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return client;
    }),
  );
  const begun = performance.now();
  const end = begun + seconds * 1000;
  await Promise.all(
    connections.map(async (client) => {
      while (performance.now() < end) {
        const sent = performance.now();
        await work(client);
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const took = (performance.now() - begun) / 1000;
  await Promise.all(connections.map((client) => client.end()));
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { rate: latencies.length / took, p50: at(0.5), p99: at(0.99) };
}

export function placing(
  how: PlaceOne,
  url: string,
  clients: number,
  seconds: number,
  productIds: readonly string[],
  lines: number,
): Promise<Baseline> {
  return inClosedLoops(url, clients, seconds, (client) => how(client, productIds, lines));
}

const body = JSON.stringify({ filler: 'x'.repeat(600) });

/** Ascending, so that two orders never wait for each other in a circle. */
function basket(productIds: readonly string[], lines: number): string[] {
  const ids = new Set<string>();
  while (ids.size < Math.min(lines, productIds.length))
    ids.add(productIds[Math.floor(Math.random() * productIds.length)]!);
  return [...ids].sort();
}

/** Plain statements in a transaction, prepared once. */
export const byPlainStatements: PlaceOne = async (client, productIds, lines) => {
  const ids = basket(productIds, lines);
  const [orderId, eventId, recordId] = [randomUUID(), randomUUID(), randomUUID()];
  const run = (name: string, text: string, values: unknown[]) => client.query({ name, text, values });
  await client.query('BEGIN');
  await run('b-record', 'SELECT 1 FROM idempotency_records WHERE id = $1', [recordId]);
  await run(
    'b-lock',
    'SELECT product_id, stock FROM inventory WHERE product_id = ANY($1::uuid[]) ORDER BY product_id FOR NO KEY UPDATE',
    [ids],
  );
  await run('b-price', 'SELECT id, price FROM products WHERE id = ANY($1::uuid[])', [ids]);
  for (const id of ids)
    await run('b-stock', 'UPDATE inventory SET stock = stock - 1, in_use = true WHERE product_id = $1 AND stock >= 1', [
      id,
    ]);
  await run(
    'b-order',
    `INSERT INTO orders (id, order_number, customer_id, status, payment_status, payment_method, currency, subtotal, tax, shipping, total, metadata, version, created_at, updated_at, expires_at)
     VALUES ($1, $2, 'bench', 'pending', 'unpaid', 'card', 'USD', 200, 0, 0, 200, '{}', 1, now(), now(), now() + interval '30 minutes')`,
    [orderId, orderId],
  );
  for (const [i, id] of ids.entries()) {
    await run(
      'b-line',
      `INSERT INTO order_lines (order_id, position, product_id, name, quantity, unit_price, total) VALUES ($1, $2, $3, 'product', 1, 100, 100)`,
      [orderId, i, id],
    );
  }
  await run(
    'b-event',
    `INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at) VALUES ($1, 'order.placed', 'order', $2, 1, $3, now())`,
    [eventId, orderId, body],
  );
  await run(
    'b-answer',
    `INSERT INTO idempotency_records (id, caller, key, request_hash, status, body, headers) VALUES ($1, 'bench', $2, $3, 201, $4, '{}')`,
    [recordId, recordId, Buffer.alloc(32), body],
  );
  await client.query('COMMIT');
};

/** The same in one hand-tuned statement, which is its own transaction. */
export const byOneStatement: PlaceOne = async (client, productIds, lines) => {
  const ids = basket(productIds, lines);
  const { rowCount } = await client.query({
    name: 'b-one',
    text: `
      WITH wanted AS MATERIALIZED (SELECT product_id FROM inventory WHERE product_id = ANY($1::uuid[]) AND stock >= 1 ORDER BY product_id FOR NO KEY UPDATE),
      taken AS (UPDATE inventory i SET stock = i.stock - 1, in_use = true FROM wanted w JOIN products p ON p.id = w.product_id
                WHERE i.product_id = w.product_id AND (SELECT count(*) FROM wanted) = $2 RETURNING p.id, p.price),
      placed AS (
        INSERT INTO orders (id, order_number, customer_id, status, payment_status, payment_method, currency, subtotal, tax, shipping, total, metadata, version, created_at, updated_at, expires_at)
        SELECT $3::uuid, $3::uuid::text, 'bench', 'pending', 'unpaid', 'card', 'USD', sum(price), 0, 0, sum(price), '{}', 1, now(), now(), now() + interval '30 minutes'
        FROM taken HAVING count(*) = $2),
      line AS (
        INSERT INTO order_lines (order_id, position, product_id, name, quantity, unit_price, total)
        SELECT $3::uuid, row_number() OVER (ORDER BY id) - 1, id, 'product', 1, price, price FROM taken),
      event AS (
        INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at) VALUES ($4, 'order.placed', 'order', $3::uuid, 1, $6, now()))
      INSERT INTO idempotency_records (id, caller, key, request_hash, status, body, headers) VALUES ($5::uuid, 'bench', $5::uuid::text, '\\x00', 201, $6, '{}')`,
    values: [ids, ids.length, randomUUID(), randomUUID(), randomUUID(), body],
  });
  if (rowCount !== 1) throw new Error('The statement placed nothing');
};

/** What GET by id asks, without HTTP. */
export function readingOrders(
  url: string,
  clients: number,
  seconds: number,
  orderIds: readonly string[],
): Promise<Baseline> {
  const text = `SELECT o.*, (SELECT json_agg(json_build_object('productId', l.product_id, 'sku', l.sku, 'name', l.name, 'quantity', l.quantity,
      'unitPrice', l.unit_price, 'total', l.total) ORDER BY l.position) FROM order_lines l WHERE l.order_id = o.id) AS items
    FROM orders o WHERE o.id = $1`;
  return inClosedLoops(url, clients, seconds, async (client) => {
    const { rows } = await client.query({
      name: 'b-read',
      text,
      values: [orderIds[Math.floor(Math.random() * orderIds.length)]],
    });
    if (rows.length !== 1) throw new Error('An order was not found');
  });
}
