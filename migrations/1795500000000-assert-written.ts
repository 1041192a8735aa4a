import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Statements that travel with COMMIT check their own count of rows: when it is wrong they fail, and the commit becomes a rollback.
 * An assertion that does not hold is a fault of the program, hence the class of the error (P0004, assert_failure).
 */
export class AssertWritten1795500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION assert_written(what text, written bigint, expected bigint) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        IF written <> expected THEN
          RAISE EXCEPTION '% of % % were changed without the lock', expected - written, expected, what USING ERRCODE = 'P0004';
        END IF;
      END $$
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION assert_written`);
  }
}
