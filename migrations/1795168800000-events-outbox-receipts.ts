import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The event log, the one queue, its dead letters, and the remembered answers of idempotent requests. */
export class EventsOutboxReceipts1795168800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
      END $$;

      CREATE TABLE events (
        id           uuid           CONSTRAINT events_pkey PRIMARY KEY,
        type         text           NOT NULL,
        subject_type text           NOT NULL,
        subject_id   uuid           NOT NULL,
        sequence     integer        NOT NULL CONSTRAINT events_sequence_positive CHECK (sequence > 0),
        data         json           NOT NULL,
        occurred_at  timestamptz(3) NOT NULL,
        request_id   text,
        caused_by    uuid,
        CONSTRAINT events_subject_sequence_unique UNIQUE (subject_id, sequence)
      );
      CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
        FOR EACH ROW EXECUTE FUNCTION refuse_change();

      -- due_at is also the lease: a claim moves it into the future, so a crash gives the row back by itself.
      CREATE TABLE outbox (
        id         bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pkey PRIMARY KEY,
        event_id   uuid        NOT NULL,
        subscriber text        NOT NULL,
        due_at     timestamptz NOT NULL,
        attempts   integer     NOT NULL DEFAULT 0,
        fence      bigint      NOT NULL DEFAULT 0,
        last_error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT outbox_event_subscriber_unique UNIQUE (event_id, subscriber)
      ) WITH (
        autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0, fillfactor = 80
      );
      CREATE INDEX outbox_due ON outbox (subscriber, due_at, id);
      CREATE SEQUENCE outbox_fence AS bigint;

      CREATE TABLE dead_letters (
        id         uuid           CONSTRAINT dead_letters_pkey PRIMARY KEY,
        event_id   uuid           NOT NULL,
        subscriber text           NOT NULL,
        attempts   integer        NOT NULL,
        last_error text           NOT NULL,
        died_at    timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT dead_letters_event_subscriber_unique UNIQUE (event_id, subscriber)
      );

      -- id is derived from caller and key, so the primary key is what makes a request happen once.
      CREATE TABLE receipts (
        id           uuid           CONSTRAINT receipts_pkey PRIMARY KEY,
        caller       text           NOT NULL,
        key          text           NOT NULL,
        request_hash bytea          NOT NULL,
        status       smallint       NOT NULL,
        body         text           NOT NULL,
        headers      json           NOT NULL,
        created_at   timestamptz(3) NOT NULL DEFAULT now()
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE receipts, dead_letters, outbox, events;
      DROP SEQUENCE outbox_fence;
      DROP FUNCTION refuse_change();
    `);
  }
}
