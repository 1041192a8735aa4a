import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Second factors of staff, and when a session's user last showed their password. */
export class SecondFactors1795350000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE user_mfa (
      user_id         uuid           CONSTRAINT user_mfa_pkey PRIMARY KEY
                                     CONSTRAINT user_mfa_user_exists REFERENCES users (id) ON DELETE CASCADE,
      secret          text           NOT NULL,
      recovery_hashes text[]         NOT NULL,
      last_step       bigint         NOT NULL DEFAULT 0,
      confirmed_at    timestamptz(3),
      created_at      timestamptz(3) NOT NULL)`);
    await runner.query(`ALTER TABLE sessions ADD COLUMN authenticated_at timestamptz(3)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE sessions DROP COLUMN authenticated_at`);
    await runner.query(`DROP TABLE user_mfa`);
  }
}
