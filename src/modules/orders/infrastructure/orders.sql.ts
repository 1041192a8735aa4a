import { Injectable } from '@nestjs/common';
import { isId } from '#kernel/ids.js';
import { together, type Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { texts, uuids } from '#platform/database/array-parameters.js';
import { ReadAhead } from '#platform/database/read-ahead.js';
import { first, gather, limitLockTimeout, run, statement } from '#platform/database/statement.js';
import { order, type OrderRow } from './order-rows.js';
import { insertion, saving } from './order-writes.sql.js';
import { Orders } from '../application/orders.js';
import type { OrderStatus } from '../contract.js';
import type { Order } from '../domain/order.js';
import type { OpenOrders } from '../domain/placement.js';

const columns = `o.id, o.order_number, o.customer_id, o.status, o.payment_status, o.payment_method, o.currency, o.subtotal, o.discount, o.tax, o.tax_included,
  o.shipping, o.total, o.tariff_version, o.pricing, o.email, o.billing_address, o.amount_paid, o.amount_refunded, o.shipping_address, o.metadata, o.cancel_reason, o.version, o.created_at, o.updated_at, o.completed_at, o.canceled_at, o.expires_at`;

const lines = `(SELECT json_agg(json_build_object('productId', l.product_id, 'sku', l.sku, 'name', l.name, 'quantity', l.quantity,
    'unitPrice', l.unit_price, 'total', l.total, 'discount', l.discount, 'tax', l.tax, 'ratePpm', l.rate_ppm) ORDER BY l.position)
  FROM order_lines l WHERE l.order_id = o.id) AS items`;

const find = statement(
  'orders.find',
  `SELECT ${columns}, ${lines} FROM orders o WHERE o.id = $1 AND ($2::text IS NULL OR o.customer_id = $2)`,
);

const findByNumber = statement(
  'orders.find-by-number',
  `SELECT ${columns}, ${lines} FROM orders o WHERE o.order_number = $1 AND ($2::text IS NULL OR o.customer_id = $2)`,
);

const status = statement('orders.status', `SELECT status FROM orders WHERE id = $1`);

// Locks one order before its payment, balance and stock. Ownership is part of the question: another customer's order is not there.
const lock = statement(
  'orders.lock',
  `SELECT ${columns}, ${lines} FROM orders o WHERE o.id = $1 AND ($2::text IS NULL OR o.customer_id = $2) FOR NO KEY UPDATE OF o`,
);

// As lock, for the orders of a batch, ids ascending: LockRows works above the sort.
const lockAll = statement(
  'orders.lock-all',
  `SELECT ${columns}, ${lines} FROM orders o WHERE o.id = ANY($1::uuid[]) ORDER BY o.id FOR NO KEY UPDATE OF o`,
);

// As lock, by the number that the shop gave.
const lockByNumber = statement(
  'orders.lock-by-number',
  `SELECT ${columns}, ${lines} FROM orders o WHERE o.order_number = $1 FOR NO KEY UPDATE OF o`,
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
  private readonly locked = new ReadAhead<Order>();

  constructor(private readonly database: Database) {
    super();
  }

  override async find(id: string, customerId: string | null): Promise<Order | null> {
    return first(await this.database.lookUp<OrderRow>(isId(id) ? find : findByNumber, [id, customerId]), order);
  }

  override async status(id: string): Promise<OrderStatus | null> {
    return (await this.database.lookUp<{ status: OrderStatus }>(status, [id]))[0]?.status ?? null;
  }

  override async expired(limit: number): Promise<string[]> {
    return (await this.database.read<{ id: string }>(expired, [limit])).map(({ id }) => id);
  }

  override async lockByNumber(tx: Tx, orderNumber: string): Promise<Order | null> {
    return first(await run<OrderRow>(tx, lockByNumber, [orderNumber]), order);
  }

  override async lock(tx: Tx, id: string, customerId: string | null): Promise<Order | null> {
    const ahead = this.locked.see(tx, id);
    if (ahead) return customerId === null || ahead.customerId === customerId ? ahead : null;
    return first(await run<OrderRow>(tx, lock, [id, customerId]), order);
  }

  override async lockAhead(tx: Tx, ids: readonly string[], lockTimeoutMs?: number): Promise<Order[]> {
    if (ids.length === 0) return [];
    const [, rows] = await together(
      () => limitLockTimeout(tx, lockTimeoutMs),
      () => run<OrderRow>(tx, lockAll, [uuids(ids)]),
    );
    const locked = rows.map(order);
    for (const one of locked) this.locked.put(tx, one.id, one);
    return locked;
  }

  override async save(tx: Tx, before: Order, after: Order): Promise<void> {
    this.locked.change(tx, before.id, () => after);
    gather(tx, saving, { before, after });
  }

  override async insert(tx: Tx, orders: readonly Order[]): Promise<void> {
    for (const placed of orders) gather(tx, insertion, placed);
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
