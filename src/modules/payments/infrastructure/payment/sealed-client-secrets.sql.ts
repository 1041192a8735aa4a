import { Injectable } from '@nestjs/common';
import { BEFORE_EVERY_ID } from '#kernel/ids.js';
import { SealedColumns, Sealing, type SealedColumn } from '#ports/sealing.js';
import type { Tx } from '#ports/tx.js';
import { uuids } from '#platform/database/array-parameters.js';
import { run, statement } from '#platform/database/statement.js';
import { clientSecretOf } from './payment-rows.js';

// Locks payments, ids ascending, and nothing else.
const next = statement(
  'payments.sealed-after',
  `SELECT id, client_secret FROM payments WHERE id > $1 ORDER BY id LIMIT $2 FOR NO KEY UPDATE`,
);
// The rows are locked. Neither version nor time changes: it is the same secret.
const write = statement(
  'payments.seal-anew',
  `UPDATE payments p SET client_secret = s.sealed FROM unnest($1::uuid[], $2::text[]) AS s (id, sealed) WHERE p.id = s.id`,
);

/** The client secrets of payments, sealed anew when DATA_KEY changes. */
@Injectable()
export class SealedClientSecrets implements SealedColumn {
  readonly name = 'payments.client_secret';

  constructor(
    private readonly sealing: Sealing,
    columns: SealedColumns,
  ) {
    columns.register(this);
  }

  async sealAnew(tx: Tx, afterId: string | null, limit: number): Promise<string | null> {
    const rows = await run<{ id: string; client_secret: string | null }>(tx, next, [afterId ?? BEFORE_EVERY_ID, limit]);
    const stale = rows.flatMap(({ id, client_secret: secret }) =>
      secret === null || this.sealing.isCurrent(secret) ? [] : [{ id, secret }],
    );
    if (stale.length > 0) {
      const sealed = stale.map(({ id, secret }) => this.sealing.sealAnew(secret, clientSecretOf(id)));
      await run(tx, write, [uuids(stale.map(({ id }) => id)), sealed]);
    }
    return rows.at(-1)?.id ?? null;
  }
}
