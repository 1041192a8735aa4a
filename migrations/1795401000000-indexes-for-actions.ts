import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Payments whose payer must act occupy their order, and their orders expire. Made beside the traffic, so not in a transaction:
 * an index that was cut short is dropped and made again, and the old one stays until the new one is there.
 */
export class IndexesForActions1795401000000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    const live = `NOT superseded AND status IN ('requires_payment_method', 'requires_action', 'processing', 'requires_capture', 'succeeded')`;
    const expiring = `status = 'pending' AND payment_status IN ('unpaid', 'requires_action', 'failed', 'canceled') AND expires_at IS NOT NULL`;
    const unsettled = `status IN ('requires_action', 'processing', 'requires_capture')`;
    await this.replace(runner, 'payments_one_live_per_order', 'UNIQUE', `payments (order_id) WHERE ${live}`);
    await this.replace(runner, 'orders_expiring', '', `orders (expires_at) WHERE ${expiring}`);
    await this.replace(runner, 'payments_unsettled', '', `payments (updated_at) WHERE ${unsettled}`);
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS refunds_unsettled`);
    await runner.query(`CREATE INDEX CONCURRENTLY refunds_unsettled ON refunds (updated_at) WHERE status = 'pending'`);
  }

  private async replace(runner: QueryRunner, name: string, kind: string, definition: string): Promise<void> {
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}_new`);
    await runner.query(`CREATE ${kind} INDEX CONCURRENTLY ${name}_new ON ${definition}`);
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
    await runner.query(`ALTER INDEX ${name}_new RENAME TO ${name}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP INDEX IF EXISTS refunds_unsettled, payments_one_live_per_order, orders_expiring, payments_unsettled`,
    );
    await runner.query(`CREATE UNIQUE INDEX payments_one_live_per_order ON payments (order_id)
      WHERE NOT superseded AND status IN ('requires_payment_method', 'processing', 'requires_capture', 'succeeded')`);
    await runner.query(`CREATE INDEX orders_expiring ON orders (expires_at)
      WHERE status = 'pending' AND payment_status IN ('unpaid', 'failed', 'canceled') AND expires_at IS NOT NULL`);
    await runner.query(
      `CREATE INDEX payments_unsettled ON payments (updated_at) WHERE status IN ('processing', 'requires_capture')`,
    );
  }
}
