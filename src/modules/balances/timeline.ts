import type { TimelinePart } from '#ports/timelines.js';

export const balanceTimeline: TimelinePart = {
  subjects: `SELECT id FROM balance_service_holds WHERE order_id = $1`,
  entries: `
    SELECT created_at, 'movement', kind, id, NULL, NULL, NULL,
           json_build_object('amount', amount, 'currency', currency, 'from', source, 'to', destination, 'reference', reference, 'paymentId', payment_id)
    FROM ledger_movements WHERE order_id = $1`,
};
