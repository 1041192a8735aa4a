import {
  booleans,
  byteas,
  int4s,
  int8s,
  jsons,
  texts,
  timestamps,
  uuids,
} from '#platform/database/array-parameters.js';
import { ranks, type GatheredWrite } from '#platform/database/gathered-writes.js';
import { statement } from '#platform/database/statement.js';
import type { Creator } from '../../application/payments.js';
import type { Payment } from '../../domain/payment.js';

// Guard: payments_one_live_per_order, payments_created_by_unique.
const insert = statement(
  'payments.insert',
  `INSERT INTO payments (id, order_id, provider, amount, currency, capture_method, status, version, created_at, updated_at, created_by, request_hash,
                         method_types, method, provider_reference, webhook_url, amount_captured)
   SELECT n.id, n.order_id, n.provider, n.amount, n.currency, n.capture_method, n.status, n.version, n.created_at, n.updated_at, n.created_by, n.request_hash,
          ARRAY(SELECT json_array_elements_text(n.method_types)), n.method, n.provider_reference, n.webhook_url, n.amount_captured
   FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::int[], $9::timestamptz[], $10::timestamptz[],
               $11::uuid[], $12::bytea[], $13::json[], $14::text[], $15::text[], $16::text[], $17::bigint[])
     AS n (id, order_id, provider, amount, currency, capture_method, status, version, created_at, updated_at, created_by, request_hash,
           method_types, method, provider_reference, webhook_url, amount_captured)`,
);

// The rows are locked. Guard: the version each had then (assert_written), payments_amounts_in_order, payments_one_live_per_order,
// payments_provider_reference_unique.
const save = statement(
  'payments.save',
  `WITH saved AS (
     UPDATE payments p SET provider_reference = n.provider_reference, client_secret = n.client_secret, method = n.method,
            amount_captured = n.amount_captured, amount_refunded = n.amount_refunded, status = n.status, superseded = n.superseded,
            last_error = n.last_error, version = n.version, updated_at = n.updated_at, failed_charge = n.failed_charge,
            capture_requested = n.capture_requested, risk = n.risk, amount_disputed = n.amount_disputed, next_action = n.next_action
     FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::boolean[], $10::json[],
                 $11::int[], $12::timestamptz[], $13::text[], $14::bigint[], $15::json[], $16::bigint[], $17::json[])
       AS n (id, known_version, provider_reference, client_secret, method, amount_captured, amount_refunded, status, superseded, last_error,
             version, updated_at, failed_charge, capture_requested, risk, amount_disputed, next_action)
     WHERE p.id = ANY($1::uuid[]) AND p.id = n.id AND p.version = n.known_version
     RETURNING 1)
   SELECT assert_written('payments', (SELECT count(*) FROM saved), cardinality($1::uuid[]))`,
);

export const insertion: GatheredWrite<{ readonly made: Payment; readonly creator: Creator | null }> = {
  rank: ranks.rows,
  statement: (items) => {
    const made = items.map((item) => item.made);
    return [
      insert,
      [
        uuids(made.map((p) => p.id)),
        uuids(made.map((p) => p.orderId)),
        texts(made.map((p) => p.provider)),
        int8s(made.map((p) => p.amount)),
        texts(made.map((p) => p.currency)),
        texts(made.map((p) => p.captureMethod)),
        texts(made.map((p) => p.status)),
        int4s(made.map((p) => p.version)),
        timestamps(made.map((p) => p.createdAt)),
        timestamps(made.map((p) => p.updatedAt)),
        uuids(items.map(({ creator }) => creator?.id ?? null)),
        byteas(items.map(({ creator }) => creator?.requestHash ?? null)),
        jsons(made.map((p) => JSON.stringify(p.methodTypes))),
        texts(made.map((p) => p.method)),
        texts(made.map((p) => p.providerReference)),
        texts(made.map((p) => p.webhookUrl)),
        int8s(made.map((p) => p.amountCaptured)),
      ],
    ];
  },
};

interface Saved {
  readonly before: Payment;
  readonly after: Payment;
  /** Sealed. */
  readonly clientSecret: string | null;
}

export const saving: GatheredWrite<Saved> = {
  rank: ranks.changes,
  keyOf: ({ before }) => before.id,
  replace: (earlier, later) => {
    if (earlier.after.version !== later.before.version) throw new Error(changedWithoutLock(later.before.id));
    return { ...later, before: earlier.before };
  },
  statement: (items) => {
    const saved = items.map((item) => item.after);
    return [
      save,
      [
        uuids(saved.map((p) => p.id)),
        int4s(items.map(({ before }) => before.version)),
        texts(saved.map((p) => p.providerReference)),
        texts(items.map(({ clientSecret }) => clientSecret)),
        texts(saved.map((p) => p.method)),
        int8s(saved.map((p) => p.amountCaptured)),
        int8s(saved.map((p) => p.amountRefunded)),
        texts(saved.map((p) => p.status)),
        booleans(saved.map((p) => p.superseded)),
        jsons(saved.map((p) => p.lastError && JSON.stringify(p.lastError))),
        int4s(saved.map((p) => p.version)),
        timestamps(saved.map((p) => p.updatedAt)),
        texts(saved.map((p) => p.failedCharge)),
        int8s(saved.map((p) => p.captureRequested)),
        jsons(saved.map((p) => p.risk && JSON.stringify(p.risk))),
        int8s(saved.map((p) => p.amountDisputed)),
        jsons(saved.map((p) => p.nextAction && JSON.stringify(p.nextAction))),
      ],
    ];
  },
};

function changedWithoutLock(id: string): string {
  return `Payment ${id} was changed without its lock`;
}
