import type { IntegrityCheck } from '#ports/integrity.js';

export const ledgerDoubleEntry: IntegrityCheck = {
  name: 'ledger-double-entry',
  description:
    'Every movement leaves one account of the ledger and reaches another with the same amount, so that the ledger sums to zero.',
  checked: 'ledger_movements',
  violations: `
    SELECT m.id, m.kind, m.amount, m.source, m.destination FROM ledger_movements m
    WHERE m.amount <= 0 OR m.source = m.destination
       OR (m.account_id IS NOT NULL) <> (m.source IN ('available', 'blocked') OR m.destination IN ('available', 'blocked'))
       OR m.account_id IS NOT NULL AND NOT EXISTS (SELECT FROM balance_accounts a WHERE a.id = m.account_id AND a.currency = m.currency)`,
};

export const ledgerEqualsAccounts: IntegrityCheck = {
  name: 'ledger-equals-accounts',
  description: 'Every account is the sum of its entries, and none is negative.',
  checked: 'balance_accounts',
  violations: `
    SELECT a.id, a.customer_id AS "customerId", a.available, a.blocked, coalesce(e.available, 0) AS "expectedAvailable", coalesce(e.blocked, 0) AS "expectedBlocked"
    FROM balance_accounts a
    LEFT JOIN (SELECT account_id, sum(amount) FILTER (WHERE ledger_account = 'available') AS available, sum(amount) FILTER (WHERE ledger_account = 'blocked') AS blocked
               FROM ledger_entries WHERE account_id IS NOT NULL AND ledger_account IN ('available', 'blocked') GROUP BY 1) e ON e.account_id = a.id
    WHERE a.available <> coalesce(e.available, 0) OR a.blocked <> coalesce(e.blocked, 0) OR a.available < 0 OR a.blocked < 0`,
};
