import type { IntegrityCheck } from '#ports/integrity.js';

const live = `NOT superseded AND status IN ('requires_payment_method', 'processing', 'requires_capture', 'succeeded')`;

export const ledgerAgreesWithPayments: IntegrityCheck = {
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
};

export const paymentAmounts: IntegrityCheck = {
  name: 'payment-amounts',
  description: 'Refunded is at most captured, captured at most the amount, and refunded is what the refunds say.',
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
    'A paid order has its money, money that is here shows on its order, and money of canceled orders is on its way back, or an operator has said that it is settled (a discarded dead letter).',
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
};

export const paymentStatesHaveEvents: IntegrityCheck = {
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
};
