import { type EmbeddedPostgres } from '#platform/database/embedded-postgres.js';
import { migrate } from '#platform/database/migrate.js';
import { roleOf } from '#platform/database/program-role.js';
import type { AppSettings } from './settings.js';

/**
 * Brings the schema up to date and gives the program's role its rights, where there is an owner apart from it.
 * @param embedded the server to use when DATABASE_URL names none
 * @returns what the program connects to, and the migrations that were applied
 */
export async function prepareDatabase(
  { databaseUrl, databaseOwnerUrl }: Pick<AppSettings, 'databaseUrl' | 'databaseOwnerUrl'>,
  embedded: EmbeddedPostgres | null,
): Promise<{ url: string; applied: string[] }> {
  const url = databaseUrl ?? embedded!.url();
  const owner = databaseOwnerUrl ?? (databaseUrl === null ? embedded!.ownerUrl() : null);
  const applied = owner === null ? await migrate(url) : await migrate(owner, roleOf(url));
  return { url, applied };
}
