import type { IntegrityCheck } from '#ports/integrity.js';

export const stockConservation: IntegrityCheck = {
  name: 'stock-conservation',
  description: 'For each product, stock equals adjustments minus the units of pending and completed orders.',
  checked: 'products',
  violations: `
    SELECT p.id, i.stock, coalesce(a.units, 0) - coalesce(o.units, 0) AS expected
    FROM products p FULL JOIN inventory i ON i.product_id = p.id
    LEFT JOIN (SELECT product_id, sum(delta) AS units FROM stock_adjustments GROUP BY 1) a ON a.product_id = p.id
    LEFT JOIN (SELECT l.product_id, sum(l.quantity) AS units FROM order_lines l JOIN orders o ON o.id = l.order_id
               WHERE o.status IN ('pending', 'completed') GROUP BY 1) o ON o.product_id = p.id
    WHERE p.id IS NULL OR i.product_id IS NULL OR i.stock < 0 OR i.stock <> coalesce(a.units, 0) - coalesce(o.units, 0)`,
};

export const orderTotals: IntegrityCheck = {
  name: 'order-totals',
  description: 'An order’s total is the sum of its lines, tax and shipping.',
  checked: 'orders',
  violations: `
    SELECT o.id, o.subtotal, o.total, l.subtotal AS lines FROM orders o
    LEFT JOIN (SELECT order_id, sum(total) AS subtotal, bool_or(total <> quantity * unit_price) AS off FROM order_lines GROUP BY 1) l ON l.order_id = o.id
    WHERE l.subtotal IS DISTINCT FROM o.subtotal OR o.total <> o.subtotal + o.tax + o.shipping OR l.off`,
};

export const blockedIsHeld: IntegrityCheck = {
  name: 'blocked-is-held',
  description: 'An account’s blocked amount is the sum held by its pending orders.',
  checked: 'balance_accounts',
  violations: `
    SELECT a.id, a.blocked, coalesce(h.held, 0) AS held FROM balance_accounts a
    LEFT JOIN (SELECT m.account_id, sum(m.amount) AS held FROM ledger_movements m JOIN orders o ON o.id = m.order_id
               WHERE m.kind = 'block' AND o.status = 'pending' GROUP BY 1) h ON h.account_id = a.id
    WHERE a.blocked <> coalesce(h.held, 0)`,
};

export const orderStatesHaveEvents: IntegrityCheck = {
  name: 'order-states-have-events',
  description: 'Every order’s first event is order.placed, and its state has exactly one event.',
  checked: 'orders',
  violations: `
    SELECT o.id, o.status FROM orders o
    LEFT JOIN (SELECT subject_id, bool_or(sequence = 1 AND type = 'order.placed') AS placed,
                      count(*) FILTER (WHERE type = 'order.completed') AS completed, count(*) FILTER (WHERE type = 'order.canceled') AS canceled
               FROM events WHERE subject_type = 'order' GROUP BY 1) e ON e.subject_id = o.id
    WHERE e.placed IS NOT TRUE OR e.completed <> (o.status = 'completed')::int OR e.canceled <> (o.status = 'canceled')::int`,
};
