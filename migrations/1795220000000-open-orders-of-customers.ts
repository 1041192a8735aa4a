import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Counts a customer's unpaid orders without reading the paid ones. Made beside the traffic, so not in a transaction: an
 * index that was cut short is dropped and made again.
 */
export class OpenOrdersOfCustomers1795220000000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS orders_open_of_customer`);
    await runner.query(
      `CREATE INDEX CONCURRENTLY orders_open_of_customer ON orders (customer_id) WHERE status = 'pending' AND customer_id IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX IF EXISTS orders_open_of_customer`);
  }
}
