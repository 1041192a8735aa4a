import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Consumers as they were stored (the names of their classes) and the stable ids that they have from now on. */
const consumers: Readonly<Record<string, string>> = {
  FanOutToEndpoints: 'webhooks.fan-out',
  SendTestToEndpoint: 'webhooks.send-test',
  QueueMissedEvents: 'webhooks.queue-missed-events',
  PostPaymentOutcome: 'webhooks.post-payment-outcome',
  ApplyNotice: 'inbox.apply-message',
  PreorderAtBalanceKeeper: 'balances.preorder',
  CaptureAtBalanceKeeper: 'balances.capture',
  ReleaseAtBalanceKeeper: 'balances.release',
  NoteBalanceOnOrder: 'orders.note-balance',
  RecordPaymentFromKeeper: 'payments.record-balance-payment',
  CapturePaymentOfCompletedOrder: 'payments.capture-of-completed-order',
  VoidPaymentOfCanceledOrder: 'payments.void-of-canceled-order',
  FinishCreatingIntent: 'payments.finish-creating-intent',
  ConfirmPaymentAtProvider: 'payments.confirm-at-provider',
  CapturePaymentAtProvider: 'payments.capture-at-provider',
  VoidPaymentAtProvider: 'payments.void-at-provider',
  RefundPaymentAtProvider: 'payments.refund-at-provider',
  RefundUnwantedMoneyAgain: 'payments.retry-unwanted-refund',
  LookUpRefunds: 'payments.look-up-refunds',
  Reconcile: 'payments.reconcile',
  HealDifference: 'payments.resolve-discrepancy',
};

const recipients: Readonly<Record<string, string>> = { DeliverToEndpoint: 'webhooks.deliver' };

/**
 * Tables, columns and stored ids get the field's terms. Renames take no time; outbox rows are rewritten. The release
 * before this one does not run on the new names: stop it first (its statements are refused, nothing is lost).
 */
export class StandardTerms1795190000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE receipts RENAME TO idempotency_records;
      ALTER TABLE idempotency_records RENAME CONSTRAINT receipts_pkey TO idempotency_records_pkey;
      ALTER INDEX receipts_passing RENAME TO idempotency_records_expiring;

      ALTER TABLE webhook_receipts RENAME TO inbox_messages;
      ALTER TABLE inbox_messages RENAME COLUMN provider TO source;
      ALTER TABLE inbox_messages RENAME COLUMN order_id TO subject_id;
      ALTER TABLE inbox_messages RENAME CONSTRAINT webhook_receipts_pkey TO inbox_messages_pkey;
      ALTER TABLE inbox_messages RENAME CONSTRAINT webhook_receipts_event_unique TO inbox_messages_event_unique;
      ALTER INDEX webhook_receipts_status RENAME TO inbox_messages_status;
      ALTER INDEX webhook_receipts_order RENAME TO inbox_messages_subject;
      ALTER TABLE inbox_messages DROP CONSTRAINT webhook_receipts_status_known;
      UPDATE inbox_messages SET status = 'needs_review' WHERE status = 'parked';
      UPDATE inbox_messages SET source = 'payments' WHERE source = 'external';
      ALTER TABLE inbox_messages ADD CONSTRAINT inbox_messages_status_known
        CHECK (status IN ('received', 'applied', 'ignored', 'needs_review', 'unmatched'));

      ALTER TABLE payments RENAME COLUMN surplus TO superseded;

      DROP VIEW ledger_entries;
      ALTER TABLE ledger_movements RENAME COLUMN from_side TO source;
      ALTER TABLE ledger_movements RENAME COLUMN to_side TO destination;
      ALTER TABLE ledger_movements RENAME CONSTRAINT ledger_movements_sides_known TO ledger_movements_accounts_known;
      CREATE VIEW ledger_entries AS
        SELECT id AS movement_id, kind, account_id, currency, source AS ledger_account, -amount AS amount, created_at
        FROM ledger_movements
        UNION ALL
        SELECT id, kind, account_id, currency, destination, amount, created_at FROM ledger_movements;

      ALTER TABLE reconciliation_differences RENAME TO reconciliation_discrepancies;
      ALTER TABLE reconciliation_discrepancies
        RENAME CONSTRAINT reconciliation_differences_pkey TO reconciliation_discrepancies_pkey;
      ALTER TABLE reconciliation_discrepancies
        RENAME CONSTRAINT reconciliation_differences_run_exists TO reconciliation_discrepancies_run_exists;
      ALTER TABLE reconciliation_discrepancies
        RENAME CONSTRAINT reconciliation_differences_class_known TO reconciliation_discrepancies_class_known;
      ALTER TABLE reconciliation_discrepancies
        RENAME CONSTRAINT reconciliation_differences_outcome_known TO reconciliation_discrepancies_outcome_known;
      ALTER INDEX reconciliation_differences_run RENAME TO reconciliation_discrepancies_run;
      ALTER INDEX reconciliation_differences_pending RENAME TO reconciliation_discrepancies_pending;

      ALTER INDEX orders_lapsing RENAME TO orders_expiring;

      -- Which version of its schema an event's data has; 1 for everything that was written before there was a number.
      ALTER TABLE events ADD COLUMN schema_version smallint NOT NULL DEFAULT 1;
    `);
    for (const table of ['outbox', 'dead_letters', 'outbox_dormant']) {
      for (const [before, id] of Object.entries(consumers)) {
        await runner.query(`UPDATE ${table} SET subscriber = $2 WHERE subscriber = $1`, [before, id]);
      }
      for (const [before, id] of Object.entries(recipients)) {
        await runner.query(
          `UPDATE ${table} SET subscriber = $2 || substr(subscriber, length($1) + 1)
           WHERE subscriber >= $1 || '/' AND subscriber < $1 || '0'`,
          [before, id],
        );
      }
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['outbox', 'dead_letters', 'outbox_dormant']) {
      for (const [before, id] of Object.entries(consumers)) {
        await runner.query(`UPDATE ${table} SET subscriber = $1 WHERE subscriber = $2`, [before, id]);
      }
      for (const [before, id] of Object.entries(recipients)) {
        await runner.query(
          `UPDATE ${table} SET subscriber = $1 || substr(subscriber, length($2) + 1)
           WHERE subscriber >= $2 || '/' AND subscriber < $2 || '0'`,
          [before, id],
        );
      }
    }
    await runner.query(`
      ALTER TABLE events DROP COLUMN schema_version;

      ALTER INDEX orders_expiring RENAME TO orders_lapsing;

      ALTER INDEX reconciliation_discrepancies_pending RENAME TO reconciliation_differences_pending;
      ALTER INDEX reconciliation_discrepancies_run RENAME TO reconciliation_differences_run;
      ALTER TABLE reconciliation_discrepancies RENAME TO reconciliation_differences;
      ALTER TABLE reconciliation_differences
        RENAME CONSTRAINT reconciliation_discrepancies_pkey TO reconciliation_differences_pkey;
      ALTER TABLE reconciliation_differences
        RENAME CONSTRAINT reconciliation_discrepancies_run_exists TO reconciliation_differences_run_exists;
      ALTER TABLE reconciliation_differences
        RENAME CONSTRAINT reconciliation_discrepancies_class_known TO reconciliation_differences_class_known;
      ALTER TABLE reconciliation_differences
        RENAME CONSTRAINT reconciliation_discrepancies_outcome_known TO reconciliation_differences_outcome_known;

      DROP VIEW ledger_entries;
      ALTER TABLE ledger_movements RENAME COLUMN source TO from_side;
      ALTER TABLE ledger_movements RENAME COLUMN destination TO to_side;
      ALTER TABLE ledger_movements RENAME CONSTRAINT ledger_movements_accounts_known TO ledger_movements_sides_known;
      CREATE VIEW ledger_entries AS
        SELECT id AS movement_id, kind, account_id, currency, from_side AS side, -amount AS amount, created_at
        FROM ledger_movements
        UNION ALL
        SELECT id, kind, account_id, currency, to_side, amount, created_at FROM ledger_movements;

      ALTER TABLE payments RENAME COLUMN superseded TO surplus;

      ALTER TABLE inbox_messages DROP CONSTRAINT inbox_messages_status_known;
      UPDATE inbox_messages SET status = 'parked' WHERE status = 'needs_review';
      UPDATE inbox_messages SET source = 'external' WHERE source = 'payments';
      ALTER TABLE inbox_messages ADD CONSTRAINT webhook_receipts_status_known
        CHECK (status IN ('received', 'applied', 'ignored', 'parked', 'unmatched'));
      ALTER INDEX inbox_messages_subject RENAME TO webhook_receipts_order;
      ALTER INDEX inbox_messages_status RENAME TO webhook_receipts_status;
      ALTER TABLE inbox_messages RENAME CONSTRAINT inbox_messages_event_unique TO webhook_receipts_event_unique;
      ALTER TABLE inbox_messages RENAME CONSTRAINT inbox_messages_pkey TO webhook_receipts_pkey;
      ALTER TABLE inbox_messages RENAME COLUMN subject_id TO order_id;
      ALTER TABLE inbox_messages RENAME COLUMN source TO provider;
      ALTER TABLE inbox_messages RENAME TO webhook_receipts;

      ALTER INDEX idempotency_records_expiring RENAME TO receipts_passing;
      ALTER TABLE idempotency_records RENAME CONSTRAINT idempotency_records_pkey TO receipts_pkey;
      ALTER TABLE idempotency_records RENAME TO receipts;
    `);
  }
}
