import type { IntegrityCheck } from '#ports/integrity.js';

const live = `NOT superseded AND status IN ('requires_payment_method', 'requires_action', 'processing', 'requires_capture', 'succeeded')`;

export const ledgerAgreesWithPayments: IntegrityCheck = {
  name: 'ledger-agrees-with-payments',
  description: 'The ledger matches the captured and refunded amounts of every payment.',
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
};

export const paymentAmounts: IntegrityCheck = {
  name: 'payment-amounts',
  description: 'Refunded is at most captured, captured at most the amount, and refunded equals the sum of the refunds.',
  checked: 'payments',
  violations: `
    SELECT p.id, p.amount, p.amount_captured AS "amountCaptured", p.amount_refunded AS "amountRefunded", coalesce(r.amount, 0) AS refunds FROM payments p
    LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM refunds WHERE status <> 'failed' GROUP BY 1) r ON r.payment_id = p.id
    WHERE p.amount_refunded <> coalesce(r.amount, 0) OR NOT (0 <= p.amount_refunded AND p.amount_refunded <= p.amount_captured AND p.amount_captured <= p.amount)`,
};

export const oneLivePaymentPerOrder: IntegrityCheck = {
  name: 'one-live-payment-per-order',
  description: 'No order has two payments that could both take its money.',
  checked: 'payments',
  violations: `SELECT order_id AS id, count(*) AS payments FROM payments WHERE order_id IS NOT NULL AND ${live} GROUP BY 1 HAVING count(*) > 1`,
};

export const orderAgreesWithPayment: IntegrityCheck = {
  name: 'order-agrees-with-payment',
  description:
    'A paid order has a captured payment, a captured payment shows on its order, and money of canceled orders is being refunded, or an operator has marked it settled (a discarded dead letter).',
  checked: 'orders',
  violations: `
    SELECT o.id, o.status, o.payment_status AS "paymentStatus", 'it has no money' AS detail FROM orders o
    WHERE o.payment_method = 'card' AND o.total > 0 AND o.payment_status IN ('partially_paid', 'paid', 'partially_refunded', 'refunded', 'disputed')
      AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status = 'succeeded')
    UNION ALL
    SELECT o.id, o.status, o.payment_status, 'its money does not show' FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE p.status = 'succeeded' AND NOT p.superseded AND o.payment_status NOT IN ('partially_paid', 'paid', 'partially_refunded', 'refunded', 'disputed')
    UNION ALL
    SELECT o.id, o.status, o.payment_status, 'its money is not on its way back' FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE o.status = 'canceled' AND p.status = 'succeeded' AND p.amount_refunded + p.amount_disputed < p.amount_captured
      AND NOT EXISTS (SELECT FROM events e JOIN outbox b ON b.event_id = e.id WHERE e.subject_id IN (o.id, p.id) AND strpos(b.subscriber, '/') = 0)
      AND NOT EXISTS (SELECT FROM events d JOIN events e ON e.id::text = d.data->>'eventId' WHERE d.type = 'dead_letter.discarded' AND e.subject_id IN (o.id, p.id))`,
};

export const completedOrdersHaveMoney: IntegrityCheck = {
  name: 'completed-orders-have-money',
  description:
    'No order was completed for less than its total: its payment was captured, taken from a balance, or recorded manually.',
  checked: 'orders',
  violations: `
    SELECT o.id, o.total, o.amount_paid AS "amountPaid", o.payment_status AS "paymentStatus" FROM orders o
    WHERE o.status = 'completed' AND o.amount_paid < o.total AND NOT (o.payment_method = 'balance' AND o.payment_status = 'authorized')
      -- Completed by a part, as releases before 0.4.0 did, which called it paid.
      AND NOT (o.payment_status = 'partially_paid' AND EXISTS (
        SELECT FROM events e WHERE e.subject_id = o.id AND e.type = 'order.completed' AND e.data->>'paymentStatus' = 'paid'))`,
};

export const orderAmountsAgree: IntegrityCheck = {
  name: 'order-amounts-agree',
  description:
    'An order’s paid and refunded amounts match its payments, or what was recorded when it was completed manually.',
  checked: 'orders',
  violations: `
    SELECT o.id, o.amount_paid AS "amountPaid", o.amount_refunded AS "amountRefunded", m.paid, m.refunded FROM orders o
    JOIN LATERAL (
      SELECT coalesce(sum(paid), 0) AS paid, coalesce(sum(refunded), 0) AS refunded FROM (
        SELECT p.amount_captured AS paid, p.amount_refunded AS refunded FROM payments p WHERE p.order_id = o.id
        UNION ALL
        SELECT b.amount, 0 FROM ledger_movements b WHERE b.reference = 'order:' || o.id || ':manual') all_money) m ON true
    WHERE (o.amount_paid <> m.paid OR o.amount_refunded <> m.refunded)
      -- Paid from a balance, and the payment of it is recorded by a reaction that is under way.
      AND NOT (o.payment_method = 'balance' AND m.paid = 0 AND o.amount_paid = o.total
               AND EXISTS (SELECT FROM events e JOIN outbox b ON b.event_id = e.id WHERE e.subject_id = o.id OR e.data->>'orderId' = o.id::text))`,
};

export const disputesAgree: IntegrityCheck = {
  name: 'disputes-agree',
  description:
    'A payment’s disputed amount matches its disputes, and the ledger records each movement of the disputed money.',
  checked: 'disputes',
  violations: `
    SELECT p.id, p.amount_disputed AS "amountDisputed", coalesce(d.amount, 0) AS expected, 'the payment says otherwise' AS detail FROM payments p
    LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM disputes WHERE status <> 'won' GROUP BY 1) d ON d.payment_id = p.id
    WHERE p.amount_disputed <> coalesce(d.amount, 0)
    UNION ALL
    SELECT d.id, d.amount, coalesce(m.net, 0), 'the ledger says otherwise' FROM disputes d
    LEFT JOIN LATERAL (
      SELECT sum(CASE kind WHEN 'dispute_withdrawn' THEN amount WHEN 'dispute_reinstated' THEN -amount ELSE 0 END) AS net,
             coalesce(sum(amount) FILTER (WHERE kind = 'dispute_lost'), 0) AS lost
      FROM ledger_movements WHERE reference IN ('dispute:' || d.id || ':withdrawn', 'dispute:' || d.id || ':reinstated', 'dispute:' || d.id || ':lost')) m ON true
    WHERE coalesce(m.net, 0) <> CASE d.funds WHEN 'withdrawn' THEN d.amount ELSE 0 END
       OR m.lost <> CASE d.status WHEN 'lost' THEN d.amount ELSE 0 END`,
};

export const paymentStatesHaveEvents: IntegrityCheck = {
  name: 'payment-states-have-events',
  description: 'Every payment state and every refund has its event.',
  checked: 'payments',
  violations: `
    SELECT p.id, p.status FROM payments p
    WHERE NOT EXISTS (SELECT FROM events e WHERE e.subject_id = p.id AND e.type = CASE p.status WHEN 'requires_payment_method' THEN 'payment.created'
      WHEN 'requires_capture' THEN 'payment.authorized' ELSE 'payment.' || p.status END)
    UNION ALL
    SELECT r.id, r.status FROM refunds r
    WHERE NOT EXISTS (SELECT FROM events e WHERE e.subject_id = r.payment_id AND e.data->>'refundId' = r.id::text
      AND e.type = CASE r.status WHEN 'succeeded' THEN 'payment.refunded' WHEN 'failed' THEN 'payment.refund_failed' ELSE 'payment.refund_requested' END)`,
};

export const paymentMethodsAgree: IntegrityCheck = {
  name: 'payment-methods-agree',
  description:
    'The provider keeps every active payment method for the same customer, and it has a saved event; every detached one has a detached event, or its customer was erased.',
  checked: 'payment_methods',
  violations: `
    SELECT m.id, m.status, 'the provider has no customer for it' AS detail FROM payment_methods m
    WHERE m.status = 'active' AND NOT EXISTS (
      SELECT FROM provider_customers c WHERE c.customer_id = m.customer_id AND c.provider = m.provider AND c.reference IS NOT NULL)
    UNION ALL
    SELECT m.id, m.status, 'it was not told' FROM payment_methods m
    WHERE m.status = 'active' AND NOT EXISTS (SELECT FROM events e WHERE e.subject_id = m.id AND e.type = 'payment_method.saved')
       OR m.status = 'detached' AND m.customer_id NOT LIKE 'erased-%'
          AND NOT EXISTS (SELECT FROM events e WHERE e.subject_id = m.id AND e.type = 'payment_method.detached')`,
};
