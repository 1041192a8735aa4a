import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Captures under way, outcomes that somebody wants to be told, the provider's view of risk, and reconciliation. */
export class PaymentsInFull1795176000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- capture_requested is the amount of a capture that was asked for and not answered: there is at most one at a time.
      -- surplus now also marks payments that were given up: whatever comes of them goes back, and they occupy no order.
      ALTER TABLE payments
        ADD COLUMN capture_requested bigint CONSTRAINT payments_capture_within_amount
          CHECK (capture_requested > 0 AND capture_requested <= amount),
        ADD COLUMN webhook_url text,
        ADD COLUMN risk json;
      CREATE INDEX payments_created ON payments (created_at);
      CREATE INDEX payments_unsettled ON payments (updated_at) WHERE status IN ('processing', 'requires_capture');
      CREATE INDEX refunds_created ON refunds (created_at);

      CREATE INDEX webhook_receipts_status ON webhook_receipts (status, id);

      -- slot is the turn of a scheduled run, so that two processes do not both take it; null for runs on demand.
      CREATE TABLE reconciliations (
        id          uuid           CONSTRAINT reconciliations_pkey PRIMARY KEY,
        provider    text           NOT NULL,
        slot        bigint         CONSTRAINT reconciliations_slot_unique UNIQUE,
        window_from timestamptz(3) NOT NULL,
        window_to   timestamptz(3) NOT NULL,
        status      text           NOT NULL CONSTRAINT reconciliations_status_known
                                   CHECK (status IN ('running', 'healing', 'finished', 'failed')),
        report      json,
        error       text,
        created_at  timestamptz(3) NOT NULL,
        finished_at timestamptz(3),
        CONSTRAINT reconciliations_window_in_order CHECK (window_from <= window_to)
      );

      CREATE TABLE reconciliation_differences (
        id                uuid           CONSTRAINT reconciliation_differences_pkey PRIMARY KEY,
        reconciliation_id uuid           NOT NULL CONSTRAINT reconciliation_differences_run_exists REFERENCES reconciliations (id),
        class             text           NOT NULL CONSTRAINT reconciliation_differences_class_known
                                         CHECK (class IN ('missing_here', 'missing_there', 'status', 'amount', 'refund', 'duplicate_charge')),
        payment_id        uuid,
        order_id          uuid,
        reference         text,
        detail            text           NOT NULL,
        outcome           text           NOT NULL CONSTRAINT reconciliation_differences_outcome_known
                                         CHECK (outcome IN ('pending', 'healed', 'open')),
        effect            text
      );
      CREATE INDEX reconciliation_differences_run ON reconciliation_differences (reconciliation_id, id);
      CREATE INDEX reconciliation_differences_pending ON reconciliation_differences (reconciliation_id) WHERE outcome = 'pending';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE reconciliation_differences, reconciliations;
      DROP INDEX webhook_receipts_status, refunds_created, payments_unsettled, payments_created;
      ALTER TABLE payments DROP COLUMN risk, DROP COLUMN webhook_url, DROP COLUMN capture_requested;
    `);
  }
}
