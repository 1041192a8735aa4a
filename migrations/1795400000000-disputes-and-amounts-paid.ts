import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What orders have received, payments whose payer must act, disputes, and refunds that a person makes at another processor. The
 * new columns have defaults, so that no row is rewritten; what orders have received until now is added up once.
 */
export class DisputesAndAmountsPaid1795400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders
        ADD COLUMN amount_paid bigint NOT NULL DEFAULT 0,
        ADD COLUMN amount_refunded bigint NOT NULL DEFAULT 0,
        DROP CONSTRAINT orders_payment_status_known,
        ADD CONSTRAINT orders_payment_status_known CHECK (payment_status IN ('unpaid', 'processing', 'requires_action', 'authorized',
          'partially_paid', 'paid', 'failed', 'partially_refunded', 'refunded', 'disputed', 'canceled')) NOT VALID,
        ADD CONSTRAINT orders_amounts_in_order CHECK (0 <= amount_refunded AND amount_refunded <= amount_paid) NOT VALID;

      ALTER TABLE payments
        ADD COLUMN amount_disputed bigint NOT NULL DEFAULT 0 CONSTRAINT payments_disputed_not_negative CHECK (amount_disputed >= 0),
        ADD COLUMN next_action json,
        DROP CONSTRAINT payments_status_known,
        ADD CONSTRAINT payments_status_known CHECK (status IN ('requires_payment_method', 'requires_action', 'processing', 'requires_capture',
          'succeeded', 'failed', 'canceled')) NOT VALID;

      ALTER TABLE refunds
        DROP CONSTRAINT refunds_status_known,
        ADD CONSTRAINT refunds_status_known CHECK (status IN ('requested', 'pending', 'succeeded', 'failed')) NOT VALID,
        -- Two processors may give the same id; of one payment, a refund is booked once.
        DROP CONSTRAINT refunds_provider_reference_unique,
        ADD CONSTRAINT refunds_provider_reference_unique UNIQUE (payment_id, provider_reference);

      CREATE TABLE disputes (
        id                 uuid           CONSTRAINT disputes_pkey PRIMARY KEY,
        payment_id         uuid           NOT NULL CONSTRAINT disputes_payment_exists REFERENCES payments (id),
        provider_reference text           NOT NULL CONSTRAINT disputes_provider_reference_unique UNIQUE,
        amount             bigint         NOT NULL CONSTRAINT disputes_amount_positive CHECK (amount > 0),
        reason             text           NOT NULL,
        status             text           NOT NULL CONSTRAINT disputes_status_known CHECK (status IN ('open', 'won', 'lost')),
        funds              text           NOT NULL CONSTRAINT disputes_funds_known CHECK (funds IN ('held', 'withdrawn', 'reinstated')),
        evidence_due_at    timestamptz(3),
        created_at         timestamptz(3) NOT NULL,
        updated_at         timestamptz(3) NOT NULL,
        CONSTRAINT disputes_lost_money_is_gone CHECK (status <> 'lost' OR funds = 'withdrawn')
      );
      CREATE INDEX disputes_payment ON disputes (payment_id, id);
      CREATE INDEX disputes_open ON disputes (updated_at) WHERE status = 'open';

      ALTER TABLE ledger_movements
        DROP CONSTRAINT ledger_movements_accounts_known,
        ADD CONSTRAINT ledger_movements_accounts_known CHECK (
          source <> destination
          AND source IN ('available', 'blocked', 'cash', 'revenue', 'refunds_due', 'disputes')
          AND destination IN ('available', 'blocked', 'cash', 'revenue', 'refunds_due', 'disputes')) NOT VALID;

      ALTER TABLE reconciliation_discrepancies
        DROP CONSTRAINT reconciliation_discrepancies_class_known,
        ADD CONSTRAINT reconciliation_discrepancies_class_known
          CHECK (class IN ('missing_here', 'missing_there', 'status', 'amount', 'refund', 'dispute', 'duplicate_charge'));

      -- A sealed JSON object: what receivers are told besides, such as an Authorization.
      ALTER TABLE webhook_endpoints ADD COLUMN headers text;

      -- All API keys of the shop share one scope: what was remembered for each is remembered for all, the oldest where two have used the
      -- same text. The id is the first half of a hash over scope and key, as the program makes it; a sealed body was sealed for the former id.
      ALTER TABLE idempotency_records ADD COLUMN sealed_for uuid;
      WITH hashed AS (
        SELECT id, created_at, encode(sha256('key:shop'::bytea || '\\x00'::bytea || convert_to(key, 'UTF8')), 'hex') AS hash
        FROM idempotency_records WHERE caller LIKE 'key:%' AND key NOT IN ('(a card number)', 'erased')),
      moved AS (
        SELECT DISTINCT ON (hash) id, substr(hash, 1, 32)::uuid AS shared_id FROM hashed ORDER BY hash, created_at, id),
      of_payments AS (UPDATE payments p SET created_by = m.shared_id FROM moved m WHERE p.created_by = m.id)
      UPDATE idempotency_records r SET id = m.shared_id, caller = 'key:shop', sealed_for = r.id FROM moved m WHERE r.id = m.id;

      UPDATE orders o SET amount_paid = m.paid, amount_refunded = m.refunded
      FROM (SELECT order_id, sum(paid) AS paid, sum(refunded) AS refunded FROM (
              SELECT order_id, amount_captured AS paid, amount_refunded AS refunded FROM payments WHERE order_id IS NOT NULL AND amount_captured > 0
              UNION ALL
              SELECT order_id, amount, 0 FROM ledger_movements WHERE reference = 'order:' || order_id || ':manual') all_money GROUP BY 1) m
      WHERE o.id = m.order_id;
      -- Releases before this one completed an order by a part of its money, and called it paid.
      UPDATE orders SET payment_status = 'partially_paid'
      WHERE payment_status = 'paid' AND payment_method = 'card' AND 0 < amount_paid AND amount_paid < total;
    `);
    for (const [table, constraint] of [
      ['orders', 'orders_payment_status_known'],
      ['orders', 'orders_amounts_in_order'],
      ['payments', 'payments_status_known'],
      ['refunds', 'refunds_status_known'],
      ['ledger_movements', 'ledger_movements_accounts_known'],
    ])
      await runner.query(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${constraint}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE idempotency_records DROP COLUMN sealed_for;
      ALTER TABLE webhook_endpoints DROP COLUMN headers;
      ALTER TABLE ledger_movements
        DROP CONSTRAINT ledger_movements_accounts_known,
        ADD CONSTRAINT ledger_movements_accounts_known CHECK (
          source <> destination
          AND source IN ('available', 'blocked', 'cash', 'revenue', 'refunds_due')
          AND destination IN ('available', 'blocked', 'cash', 'revenue', 'refunds_due'));
      DROP TABLE disputes;
      DELETE FROM reconciliation_discrepancies WHERE class = 'dispute';
      ALTER TABLE reconciliation_discrepancies
        DROP CONSTRAINT reconciliation_discrepancies_class_known,
        ADD CONSTRAINT reconciliation_discrepancies_class_known
          CHECK (class IN ('missing_here', 'missing_there', 'status', 'amount', 'refund', 'duplicate_charge'));
      ALTER TABLE refunds
        DROP CONSTRAINT refunds_status_known,
        ADD CONSTRAINT refunds_status_known CHECK (status IN ('pending', 'succeeded', 'failed')),
        DROP CONSTRAINT refunds_provider_reference_unique,
        ADD CONSTRAINT refunds_provider_reference_unique UNIQUE (provider_reference);
      ALTER TABLE payments
        DROP COLUMN amount_disputed,
        DROP COLUMN next_action,
        DROP CONSTRAINT payments_status_known,
        ADD CONSTRAINT payments_status_known CHECK (status IN ('requires_payment_method', 'processing', 'requires_capture', 'succeeded', 'failed', 'canceled'));
      ALTER TABLE orders
        DROP COLUMN amount_paid,
        DROP COLUMN amount_refunded,
        DROP CONSTRAINT orders_payment_status_known,
        ADD CONSTRAINT orders_payment_status_known CHECK (payment_status IN ('unpaid', 'processing', 'authorized', 'paid', 'failed',
          'partially_refunded', 'refunded', 'canceled'));
    `);
  }
}
