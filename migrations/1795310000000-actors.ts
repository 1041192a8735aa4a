import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who caused an event. Null for events from before. */
export class Actors1795310000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE events ADD COLUMN actor text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE events DROP COLUMN actor`);
  }
}
