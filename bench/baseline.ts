import { randomUUID } from 'node:crypto';
import pg from 'pg';

/**
 * PostgreSQL's own limit for the same work: one order of two lines per transaction, as somebody would write it by hand
 * with plain statements on plain connections. It keeps the same promises: key, stock, order, lines, event, receipt.
 */
export async function placeByPlainStatements(
  url: string,
  clients: number,
  seconds: number,
  productIds: readonly string[],
  lines: number,
): Promise<{ orders: number; seconds: number; p50: number; p99: number }> {
  const latencies: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      while (performance.now() < end) {
        const sent = performance.now();
        await placeOne(client, productIds, lines);
        latencies.push(performance.now() - sent);
      }
      await client.end();
    }),
  );
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { orders: latencies.length, seconds: (performance.now() - begun) / 1000, p50: at(0.5), p99: at(0.99) };
}

const body = JSON.stringify({ filler: 'x'.repeat(600) });

async function placeOne(client: pg.Client, productIds: readonly string[], lines: number): Promise<void> {
  const basket = new Set<string>();
  while (basket.size < Math.min(lines, productIds.length)) basket.add(productIds[Math.floor(Math.random() * productIds.length)]!);
  const ids = [...basket].sort();
  const [orderId, eventId, receiptId] = [randomUUID(), randomUUID(), randomUUID()];
  const run = (name: string, text: string, values: unknown[]) => client.query({ name, text, values });
  await client.query('BEGIN');
  await run('b-receipt', 'SELECT 1 FROM receipts WHERE id = $1', [receiptId]);
  await run('b-lock', 'SELECT id, price, stock FROM products WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE', [ids]);
  for (const id of ids) await run('b-stock', 'UPDATE products SET stock = stock - 1, in_use = true WHERE id = $1 AND stock >= 1', [id]);
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
  await run('b-answer', `INSERT INTO receipts (id, caller, key, request_hash, status, body, headers) VALUES ($1, 'bench', $2, $3, 201, $4, '{}')`, [
    receiptId,
    receiptId,
    Buffer.alloc(32),
    body,
  ]);
  await client.query('COMMIT');
}
