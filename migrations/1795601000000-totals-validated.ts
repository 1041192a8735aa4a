import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Looks at what was there before, beside the traffic: validating takes no lock that writers wait for. */
export class TotalsValidated1795601000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders VALIDATE CONSTRAINT orders_total_adds_up;
      ALTER TABLE orders VALIDATE CONSTRAINT orders_discount_in_bounds;
      ALTER TABLE order_lines VALIDATE CONSTRAINT order_lines_shares_in_bounds;
    `);
  }

  async down(): Promise<void> {}
}
