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
  description:
    'An order’s subtotal, discount and tax are the sums of its lines’ and of its shipping; its total is the subtotal less the discount, plus shipping, plus tax that is not included.',
  checked: 'orders',
  violations: `
    SELECT o.id, o.subtotal, o.discount, o.shipping, o.tax, o.total, l.subtotal AS lines FROM orders o
    LEFT JOIN (SELECT order_id, sum(total) AS subtotal, sum(discount) AS discount, sum(tax) AS tax,
                      bool_or(total <> quantity * unit_price OR discount NOT BETWEEN 0 AND total OR tax < 0) AS off
               FROM order_lines GROUP BY 1) l ON l.order_id = o.id
    WHERE l.subtotal IS DISTINCT FROM o.subtotal OR l.discount IS DISTINCT FROM o.discount OR l.off
       OR o.tax <> l.tax + coalesce((o.pricing -> 'shippingLine' ->> 'tax')::bigint, 0)
       OR o.shipping <> coalesce((o.pricing -> 'shippingLine' ->> 'price')::bigint - (o.pricing -> 'shippingLine' ->> 'discount')::bigint, 0)
       OR o.total <> o.subtotal - o.discount + o.shipping + CASE WHEN o.tax_included THEN 0 ELSE o.tax END`,
};

export const taxLinesAddUp: IntegrityCheck = {
  name: 'tax-lines-add-up',
  description: 'An order’s tax is the sum of its tax lines, and its discounts are the sum of what was applied.',
  checked: 'orders',
  violations: `
    SELECT o.id, o.tax, o.discount FROM orders o
    WHERE o.pricing IS NOT NULL AND (
      (o.tariff_version > 0 AND json_array_length(o.pricing -> 'taxLines') > 0
         AND o.tax <> (SELECT sum((t ->> 'amount')::bigint) FROM json_array_elements(o.pricing -> 'taxLines') t))
      OR o.discount <> coalesce((SELECT sum((d ->> 'amount')::bigint) FROM json_array_elements(o.pricing -> 'discounts') d
                                 WHERE d ->> 'class' <> 'shipping'), 0))`,
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
