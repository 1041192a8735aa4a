import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What limits guesses and abuse, shared by all processes. Unlogged: it is written often and may be lost in a crash. */
export class LimitCounters1795320000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE UNLOGGED TABLE limit_counters (key bytea PRIMARY KEY, count integer NOT NULL, ends_at timestamptz NOT NULL)`,
    );
    await runner.query(`CREATE INDEX limit_counters_ends_at ON limit_counters (ends_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE limit_counters`);
  }
}
