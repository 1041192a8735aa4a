import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Indexes of tables that are large by now, made while the old process goes on writing to them. That cannot be done in a
 * transaction: one that was cut short is dropped and made again.
 */
export class IndexesBesideTheTraffic1795183300000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    const indexes: Readonly<Record<string, string>> = {
      webhook_receipts_order: 'webhook_receipts (order_id) WHERE order_id IS NOT NULL',
      receipts_passing: 'receipts (created_at) WHERE NOT lasting',
      refresh_tokens_expiry: 'refresh_tokens (expires_at)',
      // The log is also read by type. The most frequent type is found quickly without, and is spared the cost.
      events_type: `events (type, id) WHERE type <> 'order.placed'`,
    };
    for (const [name, on] of Object.entries(indexes)) {
      await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
      await runner.query(`CREATE INDEX CONCURRENTLY ${name} ON ${on}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP INDEX IF EXISTS webhook_receipts_order, receipts_passing, refresh_tokens_expiry, events_type`,
    );
  }
}
