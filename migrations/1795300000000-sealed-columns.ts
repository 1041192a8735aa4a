import type { MigrationInterface, QueryRunner } from 'typeorm';

/** With which DATA_KEY each column of secrets is sealed, and how far sealing them anew has come. */
export class SealedColumns1795300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE sealed_columns (
      name text PRIMARY KEY,
      key_id text NOT NULL,
      older_key_ids text[] NOT NULL DEFAULT '{}',
      after_id uuid,
      is_complete boolean NOT NULL DEFAULT false)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE sealed_columns`);
  }
}
