import type { Lifetime } from '#platform/command-line/lifetime.js';
import { lockDataDirectory } from '#platform/database/data-directory.js';
import { EmbeddedPostgres } from '#platform/database/embedded-postgres.js';

/** The database of a data directory, locked for this process until it ends. @throws DataDirectoryInUse */
export async function embeddedDatabase(dataDir: string, lifetime: Lifetime): Promise<EmbeddedPostgres> {
  await lifetime.start(
    () => lockDataDirectory(dataDir),
    (unlock) => unlock(),
  );
  return lifetime.start(
    () => EmbeddedPostgres.start(dataDir),
    (embedded) => embedded.stop(),
  );
}
