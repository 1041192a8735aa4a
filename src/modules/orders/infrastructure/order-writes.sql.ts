import { int2s, int4s, int8s, jsons, texts, timestamps, uuids } from '#platform/database/array-parameters.js';
import { ranks, type GatheredWrite } from '#platform/database/gathered-writes.js';
import { statement } from '#platform/database/statement.js';
import type { Order } from '../domain/order.js';

// The rows are locked. Guard: the state and version under which each was locked (assert_written).
const save = statement(
  'orders.save',
  `WITH saved AS (
     UPDATE orders o SET status = n.status, payment_status = n.payment_status, cancel_reason = n.cancel_reason, version = n.version,
            updated_at = n.updated_at, completed_at = n.completed_at, canceled_at = n.canceled_at, amount_paid = n.amount_paid,
            amount_refunded = n.amount_refunded
     FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::int[], $8::timestamptz[], $9::timestamptz[],
                 $10::timestamptz[], $11::bigint[], $12::bigint[])
       AS n (id, known_status, known_version, status, payment_status, cancel_reason, version, updated_at, completed_at, canceled_at,
             amount_paid, amount_refunded)
     WHERE o.id = ANY($1::uuid[]) AND o.id = n.id AND o.status = n.known_status AND o.version = n.known_version
     RETURNING 1)
   SELECT assert_written('orders', (SELECT count(*) FROM saved), cardinality($1::uuid[]))`,
);

// Orders and lines of a batch in one statement. Locks nothing that exists. Guard: orders_pkey, orders_order_number_unique.
const insert = statement(
  'orders.insert',
  `WITH inserted AS (
     INSERT INTO orders (id, order_number, customer_id, status, payment_status, payment_method, currency, subtotal, tax, shipping, total,
                         shipping_address, metadata, version, created_at, updated_at, expires_at, discount, tax_included, tariff_version,
                         pricing, email, billing_address)
     SELECT n.id, n.order_number, n.customer_id, 'pending', n.payment_status, n.payment_method, n.currency, n.subtotal, n.tax, n.shipping, n.total,
            n.shipping_address, n.metadata, 1, n.created_at, n.created_at, n.expires_at, n.discount, n.tax_included, n.tariff_version, n.pricing,
            n.email, n.billing_address
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
                 $11::json[], $12::json[], $13::timestamptz[], $14::timestamptz[], $23::bigint[], $24::boolean[], $25::bigint[], $26::json[], $27::text[],
                 $28::json[])
       AS n (id, order_number, customer_id, payment_status, payment_method, currency, subtotal, tax, shipping, total,
             shipping_address, metadata, created_at, expires_at, discount, tax_included, tariff_version, pricing, email, billing_address))
   INSERT INTO order_lines (order_id, position, product_id, sku, name, quantity, unit_price, total, discount, tax, rate_ppm)
   SELECT * FROM unnest($15::uuid[], $16::smallint[], $17::uuid[], $18::text[], $19::text[], $20::int[], $21::bigint[], $22::bigint[],
                        $29::bigint[], $30::bigint[], $31::int[])`,
);

const jsonOf = (value: object | null) => (value === null ? null : JSON.stringify(value));

export const saving: GatheredWrite<{ readonly before: Order; readonly after: Order }> = {
  rank: ranks.changes,
  keyOf: ({ before }) => before.id,
  replace: (earlier, { before, after }) => {
    if (earlier.after.version !== before.version || earlier.after.status !== before.status)
      throw new Error(`Order ${before.id} was changed without its lock`);
    return { before: earlier.before, after };
  },
  statement: (items) => {
    const saved = items.map((item) => item.after);
    return [
      save,
      [
        uuids(saved.map((o) => o.id)),
        texts(items.map(({ before }) => before.status)),
        int4s(items.map(({ before }) => before.version)),
        texts(saved.map((o) => o.status)),
        texts(saved.map((o) => o.paymentStatus)),
        texts(saved.map((o) => o.cancelReason)),
        int4s(saved.map((o) => o.version)),
        timestamps(saved.map((o) => o.updatedAt)),
        timestamps(saved.map((o) => o.completedAt)),
        timestamps(saved.map((o) => o.canceledAt)),
        int8s(saved.map((o) => o.amountPaid)),
        int8s(saved.map((o) => o.amountRefunded)),
      ],
    ];
  },
};

export const insertion: GatheredWrite<Order> = {
  rank: ranks.parents,
  statement: (orders) => {
    const allLines = orders.flatMap((o) => o.items.map((line, position) => ({ ...line, orderId: o.id, position })));
    return [
      insert,
      [
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
        jsons(orders.map((o) => jsonOf(o.shippingAddress))),
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
        int8s(orders.map((o) => o.discount)),
        orders.map((o) => o.taxIncluded),
        int8s(orders.map((o) => o.tariffVersion)),
        jsons(orders.map((o) => jsonOf(o.pricing))),
        texts(orders.map((o) => o.email)),
        jsons(orders.map((o) => jsonOf(o.billingAddress))),
        int8s(allLines.map((line) => line.discount)),
        int8s(allLines.map((line) => line.tax)),
        int4s(allLines.map((line) => line.ratePpm)),
      ],
    ];
  },
};
