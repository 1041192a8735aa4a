import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The program's numbers in Prometheus' terms. One registry per application, so that several can live in one process. */
export class Metrics {
  readonly registry = new Registry();

  readonly requestSeconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from request to answer, by route template',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.registry],
  });
  readonly batchSize = new Histogram({
    name: 'group_commit_batch_size',
    help: 'Orders placed per transaction',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    registers: [this.registry],
  });
  readonly batchAborts = new Counter({
    name: 'group_commit_aborts_total',
    help: 'Batches of orders that were rolled back and tried again: a constraint or a lost connection had to step in',
    registers: [this.registry],
  });
  readonly transactionRetries = new Counter({
    name: 'database_transaction_retries_total',
    help: 'Transactions that were repeated after a deadlock or serialization failure',
    registers: [this.registry],
  });
  readonly reactionSeconds = new Histogram({
    name: 'outbox_reaction_duration_seconds',
    help: 'Time a reaction took, by subscriber and outcome',
    labelNames: ['subscriber', 'outcome'] as const,
    buckets: [0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60],
    registers: [this.registry],
  });
  readonly providerSeconds = new Histogram({
    name: 'payment_provider_call_duration_seconds',
    help: 'Time of one attempt to reach the payment provider, by operation and outcome',
    labelNames: ['operation', 'outcome'] as const,
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });
  readonly breakerOpen = new Gauge({
    name: 'payment_provider_breaker_open',
    help: '1 while the circuit breaker keeps calls from the payment provider, 0.5 while it lets one through to see',
    registers: [this.registry],
  });
  readonly providerRetries = new Counter({
    name: 'payment_provider_retries_total',
    help: 'Calls to the payment provider that were repeated, by operation',
    labelNames: ['operation'] as const,
    registers: [this.registry],
  });
  readonly messageLag = new Histogram({
    name: 'inbox_message_lag_seconds',
    help: 'Time from what a sender says happened to its effect here, by source',
    labelNames: ['source'] as const,
    buckets: [0.1, 0.5, 1, 2, 5, 15, 60, 300, 3600],
    registers: [this.registry],
  });
  readonly messagesSettled = new Counter({
    name: 'inbox_messages_total',
    help: 'Messages of providers by what became of them',
    labelNames: ['source', 'status'] as const,
    registers: [this.registry],
  });
  readonly reconciliationDifferences = new Counter({
    name: 'reconciliation_differences_total',
    help: 'Differences between our books and the provider’s that reconciliation found, by class and outcome',
    labelNames: ['class', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly balanceServiceSeconds = new Histogram({
    name: 'balance_service_call_duration_seconds',
    help: 'Time of one attempt to reach the external balance service, by operation and outcome',
    labelNames: ['operation', 'outcome'] as const,
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });
  readonly webhookAttemptSeconds = new Histogram({
    name: 'webhook_attempt_duration_seconds',
    help: 'Time of one attempt to deliver an event to a merchant’s endpoint, by outcome',
    labelNames: ['outcome'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    registers: [this.registry],
  });
  readonly webhookLag = new Histogram({
    name: 'webhook_delivery_lag_seconds',
    help: 'Time from an event to its delivery',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 21600, 86400],
    registers: [this.registry],
  });
  readonly webhookEndpointsDisabled = new Counter({
    name: 'webhook_endpoints_disabled_total',
    help: 'Endpoints that were disabled because they were gone or did nothing but fail',
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });
  readonly integrityViolations = new Gauge({
    name: 'integrity_violations',
    help: 'Violations that the last integrity check of this process found, by check (at most 100 are counted)',
    labelNames: ['check'] as const,
    registers: [this.registry],
  });
  readonly housekept = new Counter({
    name: 'housekeeping_removed_total',
    help: 'Rows that were removed because they had been kept long enough, by what they were',
    labelNames: ['what'] as const,
    registers: [this.registry],
  });
  readonly ordersPlaced = new Counter({
    name: 'orders_placed_total',
    help: 'Orders placed, and refusals by problem code',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });
  readonly paymentsSettled = new Counter({
    name: 'payments_settled_total',
    help: 'Verdicts of the payment provider that changed a payment, by resulting status',
    labelNames: ['status'] as const,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A gauge whose value is read when it is asked for. */
  observe(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        this.set(await read());
      },
    });
  }
}
