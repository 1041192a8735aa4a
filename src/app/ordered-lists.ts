/**
 * In which order a person's data is erased. Orders and balances get the pseudonym first: all others find by it what is the
 * person's. Events lose the person before the messages that are made from them.
 */
export const erasureOrder = [
  'orders',
  'balances',
  'payments',
  'paymentMethods',
  'inbox',
  'account',
  'events',
  'messages',
  'storedAnswers',
];

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
  'abandoned_payment_methods',
  'limit_counters',
  'addresses_of_security_events',
];
