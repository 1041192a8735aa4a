import { integrityChecks } from '#app/integrity.js';
import type { TestDatabase } from './database.js';

/** What the program's own integrity check says, without the program. */
async function integrity({ query }: TestDatabase): Promise<unknown[]> {
  const found = [];
  for (const { name, violations } of integrityChecks)
    for (const violation of await query(violations)) found.push({ name, ...violation });
  return found;
}

/** Audits what must be true of any database at any time, by statements of its own and by the program's. Every list must be empty. */
export async function audit(database: TestDatabase): Promise<Record<string, unknown[]>> {
  const { query } = database;
  return {
    'the integrity check finds nothing': await integrity(database),
    'stock = adjustments - units in pending and completed orders': await query(`
      SELECT p.product_id AS id, p.stock, coalesce(a.units, 0) - coalesce(o.units, 0) AS expected FROM inventory p
      LEFT JOIN (SELECT product_id, sum(delta) AS units FROM stock_adjustments GROUP BY 1) a ON a.product_id = p.product_id
      LEFT JOIN (SELECT l.product_id, sum(l.quantity) AS units FROM order_lines l JOIN orders o ON o.id = l.order_id
                 WHERE o.status IN ('pending', 'completed') GROUP BY 1) o ON o.product_id = p.product_id
      WHERE p.stock <> coalesce(a.units, 0) - coalesce(o.units, 0)`),
    'an order is the sum of its lines': await query(`
      SELECT o.id FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id GROUP BY o.id HAVING coalesce(sum(l.total), -1) <> o.subtotal`),
    'every order has its first event and the event of its state': await query(`
      SELECT o.id, o.status FROM orders o
      WHERE NOT EXISTS (SELECT FROM events e WHERE e.subject_id = o.id AND e.sequence = 1 AND e.type = 'order.placed')
         OR o.status <> 'pending' AND 1 <> (SELECT count(*) FROM events e WHERE e.subject_id = o.id AND e.type = 'order.' || o.status)`),
    'sequences have no gaps': await query(`
      SELECT subject_id FROM events GROUP BY 1 HAVING min(sequence) <> 1 OR max(sequence) <> count(*)`),
    'one live payment per order': await query(`
      SELECT order_id FROM payments WHERE order_id IS NOT NULL AND NOT superseded AND status IN ('requires_payment_method', 'requires_action', 'processing', 'requires_capture', 'succeeded')
      GROUP BY 1 HAVING count(*) > 1`),
    'refunded is what the refunds say, within what was captured': await query(`
      SELECT p.id FROM payments p LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM refunds WHERE status <> 'failed' GROUP BY 1) r ON r.payment_id = p.id
      WHERE p.amount_refunded <> coalesce(r.amount, 0) OR NOT (0 <= p.amount_refunded AND p.amount_refunded <= p.amount_captured AND p.amount_captured <= p.amount)`),
    'every payment has the event of its state': await query(`
      SELECT p.id, p.status FROM payments p
      WHERE NOT EXISTS (SELECT FROM events e WHERE e.subject_id = p.id AND e.type = CASE p.status WHEN 'requires_payment_method' THEN 'payment.created'
        WHEN 'requires_capture' THEN 'payment.authorized' ELSE 'payment.' || p.status END)`),
    'every account is the sum of its entries': await query(`
      SELECT a.id FROM balance_accounts a LEFT JOIN ledger_entries e ON e.account_id = a.id
      GROUP BY a.id HAVING a.available <> coalesce(sum(e.amount) FILTER (WHERE e.ledger_account = 'available'), 0)
                        OR a.blocked <> coalesce(sum(e.amount) FILTER (WHERE e.ledger_account = 'blocked'), 0)`),
    'the ledger sums to zero': await query(
      `SELECT currency, sum(amount) FROM ledger_entries GROUP BY 1 HAVING sum(amount) <> 0`,
    ),
    'nothing is negative': await query(`SELECT id FROM balance_accounts WHERE available < 0 OR blocked < 0`),
    'blocked is what pending orders hold': await query(`
      SELECT a.id FROM balance_accounts a LEFT JOIN orders o ON o.customer_id = a.customer_id AND o.currency = a.currency
        AND o.payment_method = 'balance' AND o.status = 'pending' AND o.payment_status = 'authorized'
      GROUP BY a.id, a.blocked HAVING a.blocked <> coalesce(sum(o.total), 0)`),
    'revenue is what was paid and neither refunded nor lost': await query(`
      SELECT coalesce(e.currency, p.currency), e.amount, p.amount FROM
        (SELECT currency, sum(amount) AS amount FROM ledger_entries WHERE ledger_account = 'revenue' GROUP BY 1) e
        FULL JOIN (SELECT currency, sum(amount) AS amount FROM (
          SELECT currency, amount_captured - amount_refunded AS amount FROM payments
          UNION ALL SELECT p.currency, -d.amount FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE d.status = 'lost'
          UNION ALL SELECT currency, total FROM orders o WHERE status = 'completed' AND payment_method IN ('manual', 'balance')
            AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status = 'succeeded')) x GROUP BY 1) p ON p.currency = e.currency
      WHERE coalesce(e.amount, 0) <> coalesce(p.amount, 0)`),
    'money of canceled orders goes back': await query(`
      SELECT p.id FROM payments p JOIN orders o ON o.id = p.order_id
      WHERE o.status = 'canceled' AND p.status = 'succeeded' AND p.amount_refunded + p.amount_disputed < p.amount_captured
        AND NOT EXISTS (SELECT FROM outbox b JOIN events e ON e.id = b.event_id WHERE e.subject_id = o.id)`),
    'a paid order has its money': await query(`
      SELECT o.id FROM orders o WHERE o.payment_method = 'card' AND o.payment_status = 'paid' AND o.total > 0
        AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status = 'succeeded')`),
  };
}

export const clean = {
  'the integrity check finds nothing': [],
  'stock = adjustments - units in pending and completed orders': [],
  'an order is the sum of its lines': [],
  'every order has its first event and the event of its state': [],
  'sequences have no gaps': [],
  'one live payment per order': [],
  'refunded is what the refunds say, within what was captured': [],
  'every payment has the event of its state': [],
  'every account is the sum of its entries': [],
  'the ledger sums to zero': [],
  'nothing is negative': [],
  'blocked is what pending orders hold': [],
  'revenue is what was paid and neither refunded nor lost': [],
  'money of canceled orders goes back': [],
  'a paid order has its money': [],
};
