/** A check: what it looks at, and a statement that finds what is wrong. Every violation names its row as `id`. */
export interface CheckStatement {
  readonly name: string;
  readonly description: string;
  /** A table, or a statement in parentheses, whose rows are counted. */
  readonly checked: string;
  readonly violations: string;
}

/** Minutes after which what should have moved is stuck. */
const STUCK_MINUTES = 15;
const live = `NOT superseded AND status IN ('requires_payment_method', 'processing', 'requires_capture', 'succeeded')`;

/** Everything that must be true of the books at any moment. Reads only; none of them locks. */
export const integrityChecks: readonly CheckStatement[] = [
  {
    name: 'stock-conservation',
    description: 'Adjustments minus the units of pending and completed orders are the stock, product by product.',
    checked: 'products',
    violations: `
      SELECT p.id, i.stock, coalesce(a.units, 0) - coalesce(o.units, 0) AS expected
      FROM products p FULL JOIN inventory i ON i.product_id = p.id
      LEFT JOIN (SELECT product_id, sum(delta) AS units FROM stock_adjustments GROUP BY 1) a ON a.product_id = p.id
      LEFT JOIN (SELECT l.product_id, sum(l.quantity) AS units FROM order_lines l JOIN orders o ON o.id = l.order_id
                 WHERE o.status IN ('pending', 'completed') GROUP BY 1) o ON o.product_id = p.id
      WHERE p.id IS NULL OR i.product_id IS NULL OR i.stock < 0 OR i.stock <> coalesce(a.units, 0) - coalesce(o.units, 0)`,
  },
  {
    name: 'order-totals',
    description: 'An order is the sum of its lines, tax and shipping.',
    checked: 'orders',
    violations: `
      SELECT o.id, o.subtotal, o.total, l.subtotal AS lines FROM orders o
      LEFT JOIN (SELECT order_id, sum(total) AS subtotal, bool_or(total <> quantity * unit_price) AS off FROM order_lines GROUP BY 1) l ON l.order_id = o.id
      WHERE l.subtotal IS DISTINCT FROM o.subtotal OR o.total <> o.subtotal + o.tax + o.shipping OR l.off`,
  },
  {
    name: 'ledger-double-entry',
    description:
      'Every movement leaves one account of the ledger and reaches another with the same amount, so that the ledger sums to zero.',
    checked: 'ledger_movements',
    violations: `
      SELECT m.id, m.kind, m.amount, m.source, m.destination FROM ledger_movements m
      WHERE m.amount <= 0 OR m.source = m.destination
         OR (m.account_id IS NOT NULL) <> (m.source IN ('available', 'blocked') OR m.destination IN ('available', 'blocked'))
         OR m.account_id IS NOT NULL AND NOT EXISTS (SELECT FROM balance_accounts a WHERE a.id = m.account_id AND a.currency = m.currency)`,
  },
  {
    name: 'ledger-equals-accounts',
    description: 'Every account is the sum of its entries, and none is negative.',
    checked: 'balance_accounts',
    violations: `
      SELECT a.id, a.customer_id AS "customerId", a.available, a.blocked, coalesce(e.available, 0) AS "expectedAvailable", coalesce(e.blocked, 0) AS "expectedBlocked"
      FROM balance_accounts a
      LEFT JOIN (SELECT account_id, sum(amount) FILTER (WHERE ledger_account = 'available') AS available, sum(amount) FILTER (WHERE ledger_account = 'blocked') AS blocked
                 FROM ledger_entries WHERE account_id IS NOT NULL AND ledger_account IN ('available', 'blocked') GROUP BY 1) e ON e.account_id = a.id
      WHERE a.available <> coalesce(e.available, 0) OR a.blocked <> coalesce(e.blocked, 0) OR a.available < 0 OR a.blocked < 0`,
  },
  {
    name: 'blocked-is-held',
    description: 'What an account has blocked is what pending orders hold of it.',
    checked: 'balance_accounts',
    violations: `
      SELECT a.id, a.blocked, coalesce(h.held, 0) AS held FROM balance_accounts a
      LEFT JOIN (SELECT m.account_id, sum(m.amount) AS held FROM ledger_movements m JOIN orders o ON o.id = m.order_id
                 WHERE m.kind = 'block' AND o.status = 'pending' GROUP BY 1) h ON h.account_id = a.id
      WHERE a.blocked <> coalesce(h.held, 0)`,
  },
  {
    name: 'ledger-agrees-with-payments',
    description: 'What was captured and refunded stands in the ledger, payment by payment.',
    checked: 'payments',
    violations: `
      SELECT p.id, p.amount_captured AS "amountCaptured", p.amount_refunded AS "amountRefunded", coalesce(m.captured, 0) AS "ledgerCaptured", coalesce(m.refunded, 0) AS "ledgerRefunded"
      FROM payments p LEFT JOIN (
        SELECT payment_id, sum(amount) FILTER (WHERE kind = 'payment') AS captured,
               sum(CASE kind WHEN 'refund_due' THEN amount WHEN 'refund' THEN amount WHEN 'refund_failed' THEN -amount WHEN 'refund_returned' THEN -amount ELSE 0 END) AS refunded
        FROM ledger_movements WHERE payment_id IS NOT NULL GROUP BY 1) m ON m.payment_id = p.id
      WHERE p.amount_refunded <> coalesce(m.refunded, 0)
         OR p.provider <> 'balance' AND p.amount_captured <> coalesce(m.captured, 0)
            AND NOT EXISTS (SELECT FROM ledger_movements b WHERE b.reference = 'order:' || p.order_id || ':manual')`,
  },
  {
    name: 'payment-amounts',
    description: 'Refunded is at most captured, captured at most the amount, and refunded is what the refunds say.',
    checked: 'payments',
    violations: `
      SELECT p.id, p.amount, p.amount_captured AS "amountCaptured", p.amount_refunded AS "amountRefunded", coalesce(r.amount, 0) AS refunds FROM payments p
      LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM refunds WHERE status <> 'failed' GROUP BY 1) r ON r.payment_id = p.id
      WHERE p.amount_refunded <> coalesce(r.amount, 0) OR NOT (0 <= p.amount_refunded AND p.amount_refunded <= p.amount_captured AND p.amount_captured <= p.amount)`,
  },
  {
    name: 'one-live-payment-per-order',
    description: 'No order has two payments that could both take its money.',
    checked: 'payments',
    violations: `SELECT order_id AS id, count(*) AS payments FROM payments WHERE order_id IS NOT NULL AND ${live} GROUP BY 1 HAVING count(*) > 1`,
  },
  {
    name: 'order-agrees-with-payment',
    description:
      'A paid order has its money, money that is here shows on its order, and money of canceled orders is on its way back, or somebody has said that it is settled (a discarded dead letter).',
    checked: 'orders',
    violations: `
      SELECT o.id, o.status, o.payment_status AS "paymentStatus", 'it has no money' AS detail FROM orders o
      WHERE o.payment_method = 'card' AND o.payment_status IN ('paid', 'partially_refunded', 'refunded')
        AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status = 'succeeded')
      UNION ALL
      SELECT o.id, o.status, o.payment_status, 'its money does not show' FROM payments p JOIN orders o ON o.id = p.order_id
      WHERE p.status = 'succeeded' AND NOT p.superseded AND o.payment_status NOT IN ('paid', 'partially_refunded', 'refunded')
      UNION ALL
      SELECT o.id, o.status, o.payment_status, 'its money is not on its way back' FROM payments p JOIN orders o ON o.id = p.order_id
      WHERE o.status = 'canceled' AND p.status = 'succeeded' AND p.amount_refunded < p.amount_captured
        AND NOT EXISTS (SELECT FROM events e JOIN outbox b ON b.event_id = e.id WHERE e.subject_id IN (o.id, p.id) AND strpos(b.subscriber, '/') = 0)
        AND NOT EXISTS (SELECT FROM events d JOIN events e ON e.id::text = d.data->>'eventId' WHERE d.type = 'dead_letter.discarded' AND e.subject_id IN (o.id, p.id))`,
  },
  {
    name: 'order-states-have-events',
    description: 'Every order was placed first, and its state was told exactly once.',
    checked: 'orders',
    violations: `
      SELECT o.id, o.status FROM orders o
      LEFT JOIN (SELECT subject_id, bool_or(sequence = 1 AND type = 'order.placed') AS placed,
                        count(*) FILTER (WHERE type = 'order.completed') AS completed, count(*) FILTER (WHERE type = 'order.canceled') AS canceled
                 FROM events WHERE subject_type = 'order' GROUP BY 1) e ON e.subject_id = o.id
      WHERE e.placed IS NOT TRUE OR e.completed <> (o.status = 'completed')::int OR e.canceled <> (o.status = 'canceled')::int`,
  },
  {
    name: 'payment-states-have-events',
    description: 'Every payment’s state and every refund was told.',
    checked: 'payments',
    violations: `
      SELECT p.id, p.status FROM payments p
      WHERE NOT EXISTS (SELECT FROM events e WHERE e.subject_id = p.id AND e.type = CASE p.status WHEN 'requires_payment_method' THEN 'payment.created'
        WHEN 'requires_capture' THEN 'payment.authorized' ELSE 'payment.' || p.status END)
      UNION ALL
      SELECT r.id, r.status FROM refunds r
      WHERE NOT EXISTS (SELECT FROM events e WHERE e.subject_id = r.payment_id AND e.data->>'refundId' = r.id::text
        AND e.type = CASE r.status WHEN 'succeeded' THEN 'payment.refunded' WHEN 'failed' THEN 'payment.refund_failed' ELSE 'payment.refund_requested' END)`,
  },
  {
    name: 'event-sequences',
    description: 'The events of every subject are numbered 1, 2, 3 ... without gaps.',
    checked: 'events',
    violations: `SELECT subject_id AS id, count(*) AS events, max(sequence) AS last FROM events GROUP BY 1 HAVING min(sequence) <> 1 OR max(sequence) <> count(*)`,
  },
  {
    name: 'reactions-not-stuck',
    description: `No reaction of our own has been due, or leased, for more than ${STUCK_MINUTES} minutes while a process was there to carry it.`,
    checked: 'outbox',
    violations: `
      SELECT o.event_id AS id, o.subscriber, o.due_at AS "dueAt", o.attempts FROM outbox o
      WHERE strpos(o.subscriber, '/') = 0 AND o.due_at < now() - interval '${STUCK_MINUTES} minutes'
        AND EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name IN ('quittance-all', 'quittance-worker'))`,
  },
  {
    name: 'receipts-not-stuck',
    description:
      'Every remembered answer is one, and every notice that is not settled has a reaction that will settle it.',
    checked: 'inbox_messages',
    violations: `
      SELECT r.id, r.type, 'nobody will apply this notice' AS detail FROM inbox_messages r
      WHERE r.status = 'received'
        AND NOT EXISTS (SELECT FROM events e JOIN outbox o ON o.event_id = e.id WHERE e.subject_id = r.id AND strpos(o.subscriber, '/') = 0)
      UNION ALL
      SELECT id, caller, 'an answer without a status' FROM idempotency_records WHERE status NOT BETWEEN 200 AND 499`,
  },
  {
    name: 'deliveries-not-stuck',
    description: 'Every message that waits for an endpoint is queued for it.',
    checked: 'webhook_deliveries',
    violations: `
      SELECT d.id, d.event_id AS "eventId", d.endpoint_id AS "endpointId" FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
      WHERE d.status = 'pending' AND NOT EXISTS (SELECT FROM outbox o WHERE o.event_id = d.event_id AND o.subscriber = 'webhooks.deliver/' || d.endpoint_id)`,
  },
];
