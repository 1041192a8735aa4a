import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What payment providers told us, byte for byte, and what became of it. */
export class WebhookReceipts1795168804000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE webhook_receipts (
        id          uuid           CONSTRAINT webhook_receipts_pkey PRIMARY KEY,
        provider    text           NOT NULL,
        event_id    text           NOT NULL,
        type        text           NOT NULL,
        raw_body    bytea          NOT NULL,
        headers     json           NOT NULL,
        status      text           NOT NULL CONSTRAINT webhook_receipts_status_known
                                   CHECK (status IN ('received', 'applied', 'ignored', 'parked', 'unmatched')),
        effect      text,
        received_at timestamptz(3) NOT NULL,
        settled_at  timestamptz(3),
        CONSTRAINT webhook_receipts_event_unique UNIQUE (provider, event_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE webhook_receipts`);
  }
}
