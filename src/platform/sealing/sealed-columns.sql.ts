import { Injectable } from '@nestjs/common';
import { Housekeeping, type HousekeepingTask } from '#ports/retention.js';
import { SealedColumns } from '#ports/sealing.js';
import type { Tx } from '#ports/tx.js';
import type { Database } from '../database/database.js';
import { run, statement } from '../database/statement.js';
import { AesSealing } from './aes-sealing.js';

// Locks a column's row of progress for the transaction: two workers never seal the same rows anew.
const progress = statement(
  'sealing.progress',
  `INSERT INTO sealed_columns AS c (name, key_id) VALUES ($1, $2)
   ON CONFLICT (name) DO UPDATE SET
     after_id = CASE WHEN c.key_id = $2 THEN c.after_id END,
     is_complete = c.key_id = $2 AND c.is_complete,
     older_key_ids = CASE WHEN c.key_id = $2 THEN c.older_key_ids ELSE array_remove(c.older_key_ids, $2) || c.key_id END,
     key_id = $2
   RETURNING after_id, is_complete`,
);
const advance = statement(
  'sealing.advance',
  `UPDATE sealed_columns SET after_id = $2, is_complete = $3, older_key_ids = CASE WHEN $3 THEN '{}' ELSE older_key_ids END WHERE name = $1`,
);
const keysInUse = statement(
  'sealing.keys-in-use',
  `SELECT DISTINCT name, unnest(key_id || older_key_ids) AS key_id FROM sealed_columns ORDER BY name`,
);

/** Seals anew what was stored plainly or with an older DATA_KEY, in batches by id. Once per key and column. */
@Injectable()
export class SealAnew implements HousekeepingTask {
  readonly name = 'sealed_columns';

  constructor(
    private readonly sealing: AesSealing,
    private readonly columns: SealedColumns,
    housekeeping: Housekeeping,
  ) {
    housekeeping.register(this);
  }

  async run(tx: Tx, _now: Date, limit: number): Promise<number> {
    for (const column of this.columns.all) {
      const [at] = await run<{ after_id: string | null; is_complete: boolean }>(tx, progress, [
        column.name,
        this.sealing.currentKeyId,
      ]);
      if (at!.is_complete) continue;
      const last = await column.sealAnew(tx, at!.after_id, limit);
      await run(tx, advance, [column.name, last, last === null]);
      if (last !== null) return limit;
    }
    return 0;
  }
}

/** The server does not start: it could not read secrets that are stored. */
export class UnknownDataKey extends Error {}

/**
 * Refuses to start without a key that stored secrets need, and notes the key that seals now.
 * @throws UnknownDataKey
 */
export async function checkDataKeys(database: Database, sealing: AesSealing, columns: SealedColumns): Promise<void> {
  const used = await database.read<{ name: string; key_id: string }>(keysInUse);
  const unknown = used.find(({ key_id }) => !sealing.knows(key_id));
  if (unknown)
    throw new UnknownDataKey(
      `DATA_KEY: ${unknown.name} holds secrets that were sealed with another key. Add the former key behind the new one, comma separated, until housekeeping has sealed them anew.`,
    );
  await database.run(async (tx) => {
    for (const { name } of columns.all) await run(tx, progress, [name, sealing.currentKeyId]);
  });
}
