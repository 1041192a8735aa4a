import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is being forgotten. The person leaves the row when that is done. */
export class Erasures1795330000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE erasures (
      id           uuid           CONSTRAINT erasures_pkey PRIMARY KEY,
      customer_id  text,
      email        text,
      pseudonym    text           NOT NULL,
      requested_at timestamptz(3) NOT NULL,
      finished_at  timestamptz(3),
      CONSTRAINT erasures_finished_are_empty CHECK (finished_at IS NULL = (customer_id IS NOT NULL) AND (finished_at IS NULL OR email IS NULL)))`);
    await runner.query(`CREATE UNIQUE INDEX erasures_running ON erasures (customer_id) WHERE customer_id IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE erasures`);
  }
}
