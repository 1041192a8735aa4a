/**
 * In which order a person's data is erased. What asks another module comes before it: orders give the pseudonym to what
 * refers to them, payments ask which orders are the person's, the account goes last.
 */
export const erasureOrder = ['messages', 'payments', 'orders', 'balances', 'account', 'events', 'storedAnswers'];

/** In which order housekeeping removes what has been kept long enough. */
export const housekeepingOrder = [
  'idempotency_records',
  'refresh_tokens',
  'deliveries',
  'deliveries_of_deleted_endpoints',
  'deliveries_of_disabled_endpoints',
  'queues_of_deleted_endpoints',
  'messages',
  'sealed_columns',
  'limit_counters',
];
