import type pg from 'pg';

const CHUNK = 100_000;

/** An id as the program makes them: time first, so that rows come in the order of their keys. */
const idOf = (kind: number, n: string) =>
  `(substr(lpad(to_hex($1::bigint + ${n}), 12, '0'), 1, 8) || '-' || substr(lpad(to_hex($1::bigint + ${n}), 12, '0'), 9, 4) || '-7${kind.toString(16).padStart(3, '0')}-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

/**
 * A shop's past: so many orders of two lines with their events, answers and payments, in books that add up. Of ten orders
 * seven are paid and completed, two canceled, one pending. Written set by set, which is many times faster than placing them.
 * @param present how many were loaded before
 */
export async function loadHistory(
  pool: pg.Pool,
  orders: number,
  progress: (text: string) => void,
  present = 0,
): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    'SELECT product_id AS id FROM inventory WHERE stock > 0 ORDER BY product_id',
  );
  const products = rows.map((row) => row.id);
  // A day ago and older, one order per millisecond.
  const base = Date.now() - 86_400_000 - 10_000_000;
  const begun = performance.now();
  for (let done = 0; done < orders; done += CHUNK) {
    const range = [base, present + done, present + Math.min(orders, done + CHUNK) - 1];
    const time = `to_timestamp(($1::bigint + n) / 1000.0)`;
    const state = `CASE WHEN n % 10 < 7 THEN 'completed' WHEN n % 10 < 9 THEN 'canceled' ELSE 'pending' END`;
    const paid = `CASE WHEN n % 10 < 7 THEN 'paid' WHEN n % 10 < 9 THEN 'unpaid' ELSE 'unpaid' END`;
    const series = `generate_series($2::bigint, $3::bigint) n`;
    await pool.query(
      `INSERT INTO orders (id, order_number, customer_id, status, payment_status, payment_method, currency, subtotal, tax, shipping, total, metadata, version,
                           created_at, updated_at, completed_at, canceled_at, expires_at)
       SELECT ${idOf(1, 'n')}, 'PAST-' || n, 'customer-' || n % 50000, ${state}, ${paid}, 'card', 'USD', 200, 0, 0, 200, '{}', 2, ${time}, ${time},
              CASE WHEN n % 10 < 7 THEN ${time} END, CASE WHEN n % 10 BETWEEN 7 AND 8 THEN ${time} END, NULL
       FROM ${series}`,
      range,
    );
    await pool.query(
      `INSERT INTO order_lines (order_id, position, product_id, name, quantity, unit_price, total)
       SELECT ${idOf(1, 'n')}, p, ($4::uuid[])[1 + (n * 7 + p * 31) % $5], 'product', 1, 100, 100 FROM ${series}, generate_series(0, 1) p ORDER BY n, p`,
      [...range, products, products.length],
    );
    const data = `json_build_object('orderId', ${idOf(1, 'n')}, 'orderNumber', 'PAST-' || n, 'customerId', 'customer-' || n % 50000, 'status', 'pending', 'total', 200,
      'currency', 'USD', 'paymentMethod', 'card', 'subtotal', 200, 'tax', 0, 'shipping', 0, 'items', json_build_array(repeat('x', 150), repeat('y', 150)))`;
    await pool.query(
      `INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at)
       SELECT ${idOf(2, 'n')}, 'order.placed', 'order', ${idOf(1, 'n')}, 1, ${data}, ${time} FROM ${series}
       UNION ALL SELECT ${idOf(3, 'n')}, 'order.' || ${state}, 'order', ${idOf(1, 'n')}, 2, '{}', ${time} FROM ${series} WHERE n % 10 < 9
       UNION ALL SELECT ${idOf(4, 'n')}, 'payment.succeeded', 'payment', ${idOf(5, 'n')}, 1, '{}', ${time} FROM ${series} WHERE n % 10 < 7`,
      range,
    );
    await pool.query(
      `INSERT INTO payments (id, order_id, provider, provider_reference, method_types, amount, amount_captured, currency, capture_method, status, version, created_at, updated_at)
       SELECT ${idOf(5, 'n')}, ${idOf(1, 'n')}, 'stripe', 'pi_past_' || n, '{card}', 200, 200, 'USD', 'automatic', 'succeeded', 2, ${time}, ${time}
       FROM ${series} WHERE n % 10 < 7`,
      range,
    );
    await pool.query(
      `INSERT INTO ledger_movements (id, kind, reference, order_id, payment_id, currency, amount, source, destination, created_at)
       SELECT ${idOf(6, 'n')}, 'payment', 'payment:' || ${idOf(5, 'n')}, ${idOf(1, 'n')}, ${idOf(5, 'n')}, 'USD', 200, 'cash', 'revenue', ${time}
       FROM ${series} WHERE n % 10 < 7`,
      range,
    );
    await pool.query(
      `INSERT INTO idempotency_records (id, caller, key, request_hash, status, body, headers, created_at)
       SELECT md5('past-' || n)::uuid, 'bench', 'past-' || n, '\\x00', 201, repeat('x', 600), '{}', ${time} FROM ${series} WHERE $1::bigint > 0`,
      range,
    );
    progress(
      `${Math.min(orders, done + CHUNK)} of ${orders} past orders, ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    );
  }
  await pool.query(
    `UPDATE inventory p SET stock = stock - sold.units, in_use = true
     FROM (SELECT product_id, sum(quantity) AS units FROM order_lines l JOIN orders o ON o.id = l.order_id
           WHERE o.order_number LIKE 'PAST-%' AND substr(o.order_number, 6)::bigint >= $1 AND o.status IN ('pending', 'completed') GROUP BY 1) sold
     WHERE sold.product_id = p.product_id`,
    [present],
  );
  await pool.query('VACUUM ANALYZE');
}
