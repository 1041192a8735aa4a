import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes: Readonly<Record<string, string>> = {
  // Partial, so that what API keys do, the most frequent by far, pays for one of them only.
  idempotency_records_of_users: `idempotency_records (caller) WHERE left(caller, 4) <> 'key:'`,
  idempotency_records_about: `idempotency_records (substring(body FROM 8 FOR 36)) WHERE body LIKE '{"id":"%'`,
  events_by_user: `events (actor) WHERE actor LIKE 'user:%'`,
  events_about_users: `events ((data ->> 'userId')) WHERE subject_type = 'act'`,
  events_with_address: `events (occurred_at) WHERE subject_type IN ('user', 'act', 'api_key') AND data ->> 'address' <> ''`,
  inbox_messages_unrelated: `inbox_messages (id) WHERE subject_id IS NULL`,
  balance_service_holds_customer: `balance_service_holds (customer_id)`,
};

/** Finds what is a person's without reading whole tables. Made beside the traffic; one that was cut short is made again. */
export class IndexesForErasing1795340000000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, on] of Object.entries(indexes)) {
      await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
      await runner.query(`CREATE INDEX CONCURRENTLY ${name} ON ${on}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS ${Object.keys(indexes).join(', ')}`);
  }
}
