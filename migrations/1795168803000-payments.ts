import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Payments and refunds. A payment moves only under the lock of its row; the CHECK is the last to say no. */
export class Payments1795168803000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- created_by is the receipt of the request that made the payment: a repetition after a crash finds its own row, if
      -- request_hash says that it is the same request. A row that nobody owns may be taken over.
      -- failed_charge is the attempt that failed last, so that late news of it is not mistaken for news of the next.
      -- surplus marks money that came for an order that did not want it (canceled, or paid already) and goes back.
      CREATE TABLE payments (
        id                 uuid           CONSTRAINT payments_pkey PRIMARY KEY,
        order_id           uuid           CONSTRAINT payments_order_exists REFERENCES orders (id),
        provider           text           NOT NULL,
        provider_reference text,
        client_secret      text,
        created_by         uuid           CONSTRAINT payments_created_by_unique UNIQUE,
        request_hash       bytea,
        method_types       text[]         NOT NULL,
        method             text,
        amount             bigint         NOT NULL CONSTRAINT payments_amount_positive CHECK (amount > 0),
        amount_captured    bigint         NOT NULL DEFAULT 0,
        amount_refunded    bigint         NOT NULL DEFAULT 0,
        currency           char(3)        NOT NULL,
        capture_method     text           NOT NULL CONSTRAINT payments_capture_method_known
                                          CHECK (capture_method IN ('automatic', 'manual')),
        status             text           NOT NULL CONSTRAINT payments_status_known
                                          CHECK (status IN ('requires_payment_method', 'processing', 'requires_capture',
                                                            'succeeded', 'failed', 'canceled')),
        surplus            boolean        NOT NULL DEFAULT false,
        last_error         json,
        failed_charge      text,
        version            integer        NOT NULL,
        created_at         timestamptz(3) NOT NULL,
        updated_at         timestamptz(3) NOT NULL,
        CONSTRAINT payments_provider_reference_unique UNIQUE (provider, provider_reference),
        CONSTRAINT payments_amounts_in_order CHECK (0 <= amount_refunded AND amount_refunded <= amount_captured AND amount_captured <= amount)
      );
      CREATE UNIQUE INDEX payments_one_live_per_order ON payments (order_id)
        WHERE NOT surplus AND status IN ('requires_payment_method', 'processing', 'requires_capture', 'succeeded');
      CREATE INDEX payments_order ON payments (order_id);

      CREATE TABLE refunds (
        id                 uuid           CONSTRAINT refunds_pkey PRIMARY KEY,
        payment_id         uuid           NOT NULL CONSTRAINT refunds_payment_exists REFERENCES payments (id),
        amount             bigint         NOT NULL CONSTRAINT refunds_amount_positive CHECK (amount > 0),
        reason             text,
        status             text           NOT NULL CONSTRAINT refunds_status_known CHECK (status IN ('pending', 'succeeded', 'failed')),
        provider_reference text           CONSTRAINT refunds_provider_reference_unique UNIQUE,
        last_error         json,
        created_at         timestamptz(3) NOT NULL,
        updated_at         timestamptz(3) NOT NULL
      );
      CREATE INDEX refunds_payment ON refunds (payment_id, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE refunds, payments`);
  }
}
