import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Payment methods that the provider keeps for customers. New tables, so nothing waits. */
export class PaymentMethods1795410000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A customer as a payment provider has them. The reference is null while the provider is asked for the first time.
      CREATE TABLE provider_customers (
        customer_id text           NOT NULL,
        provider    text           NOT NULL,
        reference   text,
        created_at  timestamptz(3) NOT NULL,
        CONSTRAINT provider_customers_pkey PRIMARY KEY (customer_id, provider),
        CONSTRAINT provider_customers_reference_unique UNIQUE (provider, reference)
      );

      CREATE TABLE payment_methods (
        id                 uuid           CONSTRAINT payment_methods_pkey PRIMARY KEY,
        customer_id        text           NOT NULL,
        provider           text           NOT NULL,
        provider_reference text           CONSTRAINT payment_methods_provider_reference_given CHECK (provider_reference <> ''),
        setup_reference    text           CONSTRAINT payment_methods_setup_reference_given CHECK (setup_reference <> ''),
        status             text           NOT NULL CONSTRAINT payment_methods_status_known
                                          CHECK (status IN ('pending', 'requires_action', 'active', 'failed', 'detached')),
        brand              text,
        last4              text,
        exp_month          integer,
        exp_year           integer,
        next_action        json,
        last_error         json,
        failed_attempt     text,
        version            integer        NOT NULL,
        created_at         timestamptz(3) NOT NULL,
        updated_at         timestamptz(3) NOT NULL,
        -- The idempotency record of the request that made it.
        created_by         uuid           CONSTRAINT payment_methods_created_by_unique UNIQUE,
        request_hash       bytea,
        CONSTRAINT payment_methods_active_are_kept CHECK (status <> 'active' OR provider_reference IS NOT NULL)
      );
      CREATE UNIQUE INDEX payment_methods_active_unique ON payment_methods (provider, provider_reference) WHERE status = 'active';
      CREATE INDEX payment_methods_customer ON payment_methods (customer_id, id);
      CREATE INDEX payment_methods_reference ON payment_methods (provider, provider_reference) WHERE provider_reference IS NOT NULL;
      CREATE INDEX payment_methods_status ON payment_methods (status, id);
      CREATE INDEX payment_methods_unfinished ON payment_methods (created_at) WHERE status IN ('pending', 'requires_action');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE payment_methods; DROP TABLE provider_customers;`);
  }
}
