import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What merchants are told: their endpoints, the bytes of each message, deliveries and every attempt at them. */
export class WebhooksOut1795183200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- secret is needed to sign, so it is kept as it is. failing_since is the first failure of a row of nothing but failures.
      CREATE TABLE webhook_endpoints (
        id               uuid           CONSTRAINT webhook_endpoints_pkey PRIMARY KEY,
        url              text           NOT NULL,
        description      text,
        events           text[]         NOT NULL,
        status           text           NOT NULL CONSTRAINT webhook_endpoints_status_known CHECK (status IN ('enabled', 'paused', 'disabled')),
        disabled_reason  text           CONSTRAINT webhook_endpoints_reason_known CHECK (disabled_reason IN ('requested', 'gone', 'failing')),
        secret           text           NOT NULL,
        previous_secrets json           NOT NULL DEFAULT '[]',
        failing_since    timestamptz(3),
        version          integer        NOT NULL,
        created_at       timestamptz(3) NOT NULL,
        updated_at       timestamptz(3) NOT NULL,
        CONSTRAINT webhook_endpoints_disabled_has_reason CHECK ((status = 'disabled') = (disabled_reason IS NOT NULL))
      );

      -- Serialised once, sent byte for byte at every attempt and to every endpoint.
      CREATE TABLE webhook_messages (
        event_id   uuid           CONSTRAINT webhook_messages_pkey PRIMARY KEY,
        body       bytea          NOT NULL,
        created_at timestamptz(3) NOT NULL
      );
      CREATE INDEX webhook_messages_created ON webhook_messages (created_at);

      -- One per event and endpoint, so that telling everybody twice changes nothing. What is still to be sent is in the outbox.
      CREATE TABLE webhook_deliveries (
        id              uuid           CONSTRAINT webhook_deliveries_pkey PRIMARY KEY,
        event_id        uuid           NOT NULL,
        event_type      text           NOT NULL,
        endpoint_id     uuid           NOT NULL,
        status          text           NOT NULL CONSTRAINT webhook_deliveries_status_known CHECK (status IN ('pending', 'delivered', 'failed')),
        attempts        integer        NOT NULL DEFAULT 0,
        next_attempt_at timestamptz(3),
        created_at      timestamptz(3) NOT NULL,
        settled_at      timestamptz(3),
        CONSTRAINT webhook_deliveries_event_endpoint_unique UNIQUE (event_id, endpoint_id),
        CONSTRAINT webhook_deliveries_settled_has_time CHECK ((status = 'pending') = (settled_at IS NULL))
      ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
      CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, id);
      CREATE INDEX webhook_deliveries_unsettled ON webhook_deliveries (endpoint_id, status, id) WHERE status <> 'delivered';

      CREATE TABLE webhook_attempts (
        delivery_id uuid           NOT NULL,
        number      integer        NOT NULL,
        at          timestamptz(3) NOT NULL,
        status      smallint,
        duration_ms integer        NOT NULL,
        error       text,
        answer      text,
        CONSTRAINT webhook_attempts_pkey PRIMARY KEY (delivery_id, number)
      );

      -- The order that a notice turned out to be about.
      ALTER TABLE webhook_receipts ADD COLUMN order_id uuid;

      -- Keys of orders and payments stay unique for ever; what else is remembered goes after a while.
      ALTER TABLE receipts ADD COLUMN lasting boolean NOT NULL DEFAULT true;

      -- Reactions that nobody needs at the moment: their outbox rows are not written. Kept by whoever owns the reaction.
      CREATE TABLE outbox_dormant (subscriber text CONSTRAINT outbox_dormant_pkey PRIMARY KEY);
      INSERT INTO outbox_dormant VALUES ('FanOutToEndpoints');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE receipts DROP COLUMN lasting;
      ALTER TABLE webhook_receipts DROP COLUMN order_id;
      DROP TABLE outbox_dormant, webhook_attempts, webhook_deliveries, webhook_messages, webhook_endpoints;
    `);
  }
}
