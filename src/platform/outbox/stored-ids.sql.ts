import type { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Subscriptions } from './subscriptions.js';

// Locks nothing. The outbox may have millions of rows, so its index (subscriber, due_at, id) is probed once per id; the other
// two tables are small. "subscriber > last" holds in any collation.
const storedIds = statement(
  'outbox.stored-ids',
  `WITH RECURSIVE queued (subscriber) AS (
     (SELECT subscriber FROM outbox ORDER BY subscriber LIMIT 1)
     UNION ALL
     SELECT (SELECT o.subscriber FROM outbox o WHERE o.subscriber > queued.subscriber ORDER BY o.subscriber LIMIT 1)
     FROM queued WHERE queued.subscriber IS NOT NULL)
   SELECT 'outbox' AS table, subscriber FROM queued WHERE subscriber IS NOT NULL
   UNION ALL SELECT DISTINCT 'dead_letters', subscriber FROM dead_letters
   UNION ALL SELECT 'outbox_dormant', subscriber FROM outbox_dormant`,
);

interface StoredId {
  readonly table: string;
  readonly subscriber: string;
}

/** The server does not start: rows are stored for consumers that this release does not have. */
export class UnknownStoredIds extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

/**
 * Refuses to start while rows are stored under ids of consumers that this release does not know: they would stay there
 * without notice. The message names each table and id.
 * @throws UnknownStoredIds
 */
export async function refuseUnknownIds(database: Pick<Database, 'read'>, subscriptions: Subscriptions): Promise<void> {
  const unknown = (await database.read<StoredId>(storedIds)).filter(
    ({ subscriber }) => !subscriptions.isKnown(subscriber),
  );
  if (unknown.length === 0) return;
  // The queues of an unknown consumer's recipients may be many; the consumer is named once.
  const places = new Set(unknown.map(({ table, subscriber }) => `  ${table}: ${consumerOf(subscriber)}`));
  throw new UnknownStoredIds([
    'These tables hold rows for consumers that this release does not know (column "subscriber"):',
    ...[...places].sort(),
    'Start the release that wrote them (downgrade) until they are done, or add each id to the aliases of the consumer that replaces it.',
  ]);
}

/** `consumer/recipient` without the recipient. */
function consumerOf(storedId: string): string {
  const slash = storedId.indexOf('/');
  return slash > 0 ? `${storedId.slice(0, slash)}/...` : storedId;
}
