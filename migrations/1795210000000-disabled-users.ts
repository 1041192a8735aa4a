import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts can be disabled without being erased. */
export class DisabledUsers1795210000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE users ADD COLUMN status text NOT NULL DEFAULT 'active'
        CONSTRAINT users_status_known CHECK (status IN ('active', 'disabled'));
      -- Keys that a user made are listed and revoked when the user loses their rights.
      CREATE INDEX api_keys_created_by ON api_keys (created_by);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX api_keys_created_by; ALTER TABLE users DROP COLUMN status;`);
  }
}
