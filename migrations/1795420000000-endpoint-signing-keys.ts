import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Endpoints may be told with ed25519 signatures besides. The column has no default, so that no row is rewritten. */
export class EndpointSigningKeys1795420000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Sealed, as the secret is.
    await runner.query(`ALTER TABLE webhook_endpoints ADD COLUMN signing_key text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE webhook_endpoints DROP COLUMN signing_key`);
  }
}
