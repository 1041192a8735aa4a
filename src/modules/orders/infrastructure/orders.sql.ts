import { Injectable } from '@nestjs/common';
import { isId } from '#kernel/ids.js';
import { together, type Tx } from '#ports/tx.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { int2s, int4s, int8s, jsons, texts, timestamps, uuids } from '#platform/database/array-parameters.js';
import { count, first, limitLockTimeout, run, statement } from '#platform/database/statement.js';
import { order, type OrderRow } from './order-rows.js';
import { Orders, type OrderFilter } from '../application/orders.js';
import type { Order } from '../domain/order.js';
import type { OpenOrders } from '../domain/placement.js';

const columns = `o.id, o.order_number, o.customer_id, o.status, o.payment_status, o.payment_method, o.currency, o.subtotal, o.tax, o.shipping,
  o.total, o.amount_paid, o.amount_refunded, o.shipping_address, o.metadata, o.cancel_reason, o.version, o.created_at, o.updated_at, o.completed_at, o.canceled_at, o.expires_at`;

const lines = `(SELECT json_agg(json_build_object('productId', l.product_id, 'sku', l.sku, 'name', l.name, 'quantity', l.quantity,
    'unitPrice', l.unit_price, 'total', l.total) ORDER BY l.position)
  FROM order_lines l WHERE l.order_id = o.id) AS items`;

const find = statement(
  'orders.find',
  `SELECT ${columns}, ${lines} FROM orders o WHERE o.id = $1 AND ($2::text IS NULL OR o.customer_id = $2)`,
);

const findByNumber = statement(
  'orders.find-by-number',
  `SELECT ${columns}, ${lines} FROM orders o WHERE o.order_number = $1 AND ($2::text IS NULL OR o.customer_id = $2)`,
);

// The newest orders, of everyone and in whatever state: what is asked for most, so that it is planned once.
const newest = statement('orders.newest', `SELECT ${columns}, ${lines} FROM orders o ORDER BY o.id DESC LIMIT $1`);
const newestAfter = statement(
  'orders.newest-after',
  `SELECT ${columns}, ${lines} FROM orders o WHERE o.id < $2 ORDER BY o.id DESC LIMIT $1`,
);

// Locks one order before its payment, balance and stock. Ownership is part of the question: another customer's order is not there.
const lock = statement(
  'orders.lock',
  `SELECT ${columns}, ${lines} FROM orders o WHERE o.id = $1 AND ($2::text IS NULL OR o.customer_id = $2) FOR NO KEY UPDATE OF o`,
);

// As lock, by the number that the shop gave.
const lockByNumber = statement(
  'orders.lock-by-number',
  `SELECT ${columns}, ${lines} FROM orders o WHERE o.order_number = $1 FOR NO KEY UPDATE OF o`,
);

// Guard: the state and version under which the order was locked; 0 rows means that something wrote without the lock.
const save = statement(
  'orders.save',
  `UPDATE orders SET status = $4, payment_status = $5, cancel_reason = $6, version = $7, updated_at = $8, completed_at = $9, canceled_at = $10,
          amount_paid = $11, amount_refunded = $12
   WHERE id = $1 AND status = $2 AND version = $3`,
);

// Orders and lines of a batch in one statement. Locks nothing that exists. Guard: orders_pkey, orders_order_number_unique.
const insert = statement(
  'orders.insert',
  `WITH inserted AS (
     INSERT INTO orders (id, order_number, customer_id, status, payment_status, payment_method, currency, subtotal, tax, shipping, total,
                         shipping_address, metadata, version, created_at, updated_at, expires_at)
     SELECT n.id, n.order_number, n.customer_id, 'pending', n.payment_status, n.payment_method, n.currency, n.subtotal, n.tax, n.shipping, n.total,
            n.shipping_address, n.metadata, 1, n.created_at, n.created_at, n.expires_at
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
                 $11::json[], $12::json[], $13::timestamptz[], $14::timestamptz[])
       AS n (id, order_number, customer_id, payment_status, payment_method, currency, subtotal, tax, shipping, total,
             shipping_address, metadata, created_at, expires_at))
   INSERT INTO order_lines (order_id, position, product_id, sku, name, quantity, unit_price, total)
   SELECT * FROM unnest($15::uuid[], $16::smallint[], $17::uuid[], $18::text[], $19::text[], $20::int[], $21::bigint[], $22::bigint[])`,
);

const takenNumbers = statement(
  'orders.taken-numbers',
  `SELECT order_number FROM orders WHERE order_number = ANY($1::text[])`,
);

// One lock per customer, in the order of its number: two batches with the same customers cannot wait for each other.
const lockCustomers = statement(
  'orders.lock-customers',
  `SELECT pg_advisory_xact_lock(k.lock)
   FROM (SELECT hashtextextended(c, 71205003) AS lock FROM unnest($1::text[]) c ORDER BY 1) k`,
);
// A statement of its own, so that its snapshot begins under the locks. Served by orders_open_of_customer.
const openOrders = statement(
  'orders.open-of-customers',
  `SELECT customer_id AS id, count(*)::int AS orders, sum(l.units)::int AS units
   FROM orders CROSS JOIN LATERAL (SELECT sum(quantity) AS units FROM order_lines WHERE order_id = orders.id) l
   WHERE customer_id = ANY($1::text[]) AND status = 'pending' AND customer_id IS NOT NULL
     AND payment_status IN ('unpaid', 'processing', 'requires_action', 'failed', 'canceled')
   GROUP BY customer_id`,
);

// Served by the partial index orders_expiring. The database's clock, so that replicas agree.
const expired = statement(
  'orders.expired',
  `(SELECT id, expires_at FROM orders
    WHERE status = 'pending' AND payment_status IN ('unpaid', 'requires_action', 'failed', 'canceled') AND expires_at IS NOT NULL AND expires_at <= now()
    ORDER BY expires_at LIMIT $1)
   UNION ALL
   (SELECT id, expires_at FROM orders
    WHERE status = 'pending' AND payment_method = 'balance' AND payment_status = 'authorized' AND expires_at IS NOT NULL AND expires_at <= now()
    ORDER BY expires_at LIMIT $1)
   ORDER BY expires_at LIMIT $1`,
);

@Injectable()
export class SqlOrders extends Orders {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(id: string, customerId: string | null): Promise<Order | null> {
    return first(await this.database.lookUp<OrderRow>(isId(id) ? find : findByNumber, [id, customerId]), order);
  }

  override async list(filter: OrderFilter, afterId: string | null, limit: number): Promise<Order[]> {
    if (Object.values(filter).every((value) => value === undefined)) {
      const asked = afterId === null ? [limit + 1] : [limit + 1, afterId];
      return (await this.database.read<OrderRow>(afterId === null ? newest : newestAfter, asked)).map(order);
    }
    const asked = new Conditions([limit + 1]);
    asked.where('o.id < ?', afterId);
    asked.where('o.status = ?', filter.status);
    asked.where('o.payment_status = ?', filter.paymentStatus);
    asked.where('o.customer_id = ?', filter.customerId);
    asked.where('o.order_number = ?', filter.orderNumber);
    asked.where('o.created_at >= ?', filter.createdFrom);
    asked.where('o.created_at < ?', filter.createdTo);
    const rows = await this.database.readOnce<OrderRow>(
      `SELECT ${columns}, ${lines} FROM orders o ${asked.sql} ORDER BY o.id DESC LIMIT $1`,
      asked.values,
    );
    return rows.map(order);
  }

  override async expired(limit: number): Promise<string[]> {
    return (await this.database.read<{ id: string }>(expired, [limit])).map(({ id }) => id);
  }

  override async lockByNumber(tx: Tx, orderNumber: string): Promise<Order | null> {
    return first(await run<OrderRow>(tx, lockByNumber, [orderNumber]), order);
  }

  override async lock(tx: Tx, id: string, customerId: string | null): Promise<Order | null> {
    return first(await run<OrderRow>(tx, lock, [id, customerId]), order);
  }

  override async save(tx: Tx, before: Order, after: Order): Promise<void> {
    const saved = await count(tx, save, [
      before.id,
      before.status,
      before.version,
      after.status,
      after.paymentStatus,
      after.cancelReason,
      after.version,
      after.updatedAt,
      after.completedAt,
      after.canceledAt,
      after.amountPaid,
      after.amountRefunded,
    ]);
    if (saved !== 1) throw new Error(`Order ${before.id} was changed without its lock`);
  }

  override async insert(tx: Tx, orders: readonly Order[]): Promise<void> {
    if (orders.length === 0) return;
    const allLines = orders.flatMap((o) => o.items.map((line, position) => ({ ...line, orderId: o.id, position })));
    await run(tx, insert, [
      uuids(orders.map((o) => o.id)),
      texts(orders.map((o) => o.orderNumber)),
      texts(orders.map((o) => o.customerId)),
      texts(orders.map((o) => o.paymentStatus)),
      texts(orders.map((o) => o.paymentMethod)),
      texts(orders.map((o) => o.currency)),
      int8s(orders.map((o) => o.subtotal)),
      int8s(orders.map((o) => o.tax)),
      int8s(orders.map((o) => o.shipping)),
      int8s(orders.map((o) => o.total)),
      jsons(orders.map((o) => (o.shippingAddress === null ? null : JSON.stringify(o.shippingAddress)))),
      jsons(orders.map((o) => JSON.stringify(o.metadata))),
      timestamps(orders.map((o) => o.createdAt)),
      timestamps(orders.map((o) => o.expiresAt)),
      uuids(allLines.map((line) => line.orderId)),
      int2s(allLines.map((line) => line.position)),
      uuids(allLines.map((line) => line.productId)),
      texts(allLines.map((line) => line.sku)),
      texts(allLines.map((line) => line.name)),
      int4s(allLines.map((line) => line.quantity)),
      int8s(allLines.map((line) => line.unitPrice)),
      int8s(allLines.map((line) => line.total)),
    ]);
  }

  override async lockOpenOrders(
    tx: Tx,
    customerIds: readonly string[],
    lockTimeoutMs?: number,
  ): Promise<ReadonlyMap<string, OpenOrders>> {
    const [, , counts] = await together(
      () => limitLockTimeout(tx, lockTimeoutMs),
      () => run(tx, lockCustomers, [texts(customerIds)]),
      () => run<OpenOrders & { id: string }>(tx, openOrders, [texts(customerIds)]),
    );
    return new Map(counts.map(({ id, orders, units }) => [id, { orders, units }]));
  }

  override async takenNumbers(tx: Tx, orderNumbers: readonly string[]): Promise<string[]> {
    return (await run<{ order_number: string }>(tx, takenNumbers, [texts(orderNumbers)])).map(
      (row) => row.order_number,
    );
  }
}
