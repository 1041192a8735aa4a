import { Injectable } from '@nestjs/common';
import { BEFORE_EVERY_ID } from '#kernel/ids.js';
import { SealedColumns, Sealing, type SealedColumn } from '#ports/sealing.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { run, statement } from '#platform/database/statement.js';
import { SecondFactors } from '../application/second-factors.js';
import type { SecondFactor } from '../domain/second-factor.js';

const columns = `user_id AS "userId", secret, recovery_hashes AS "recoveryHashes", last_step AS "lastStep",
  confirmed_at AS "confirmedAt", created_at AS "createdAt"`;
const find = statement('second-factors.find', `SELECT ${columns} FROM user_mfa WHERE user_id = $1`);
// The user is locked.
const save = statement(
  'second-factors.save',
  `INSERT INTO user_mfa (user_id, secret, recovery_hashes, last_step, confirmed_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (user_id) DO UPDATE SET secret = EXCLUDED.secret, recovery_hashes = EXCLUDED.recovery_hashes,
     last_step = EXCLUDED.last_step, confirmed_at = EXCLUDED.confirmed_at, created_at = EXCLUDED.created_at`,
);
const remove = statement('second-factors.delete', `DELETE FROM user_mfa WHERE user_id = $1`);
// Locks second factors, ids ascending, and nothing else.
const sealedAfter = statement(
  'second-factors.sealed-after',
  `SELECT user_id AS "userId", secret FROM user_mfa WHERE user_id > $1 ORDER BY user_id LIMIT $2 FOR NO KEY UPDATE`,
);
const sealAnew = statement('second-factors.seal-anew', `UPDATE user_mfa SET secret = $2 WHERE user_id = $1`);

@Injectable()
export class SqlSecondFactors extends SecondFactors implements SealedColumn {
  readonly name = 'user_mfa.secret';

  constructor(
    private readonly database: Database,
    private readonly sealing: Sealing,
    sealedColumns: SealedColumns,
  ) {
    super();
    sealedColumns.register(this);
  }

  override async find(userId: string): Promise<SecondFactor | null> {
    return this.opened(await this.database.read<SecondFactor>(find, [userId]));
  }

  override async read(tx: Tx, userId: string): Promise<SecondFactor | null> {
    return this.opened(await run<SecondFactor>(tx, find, [userId]));
  }

  override async save(tx: Tx, factor: SecondFactor): Promise<void> {
    const { userId, recoveryHashes, lastStep, confirmedAt, createdAt } = factor;
    const secret = this.sealing.seal(factor.secret, contextOf(userId));
    await run(tx, save, [userId, secret, recoveryHashes, lastStep, confirmedAt, createdAt]);
  }

  override async delete(tx: Tx, userId: string): Promise<void> {
    await run(tx, remove, [userId]);
  }

  /** Few rows, so one by one. */
  async sealAnew(tx: Tx, afterId: string | null, limit: number): Promise<string | null> {
    const rows = await run<{ userId: string; secret: string }>(tx, sealedAfter, [afterId ?? BEFORE_EVERY_ID, limit]);
    for (const { userId, secret } of rows)
      await run(tx, sealAnew, [userId, this.sealing.sealAnew(secret, contextOf(userId))]);
    return rows.at(-1)?.userId ?? null;
  }

  private opened([row]: readonly SecondFactor[]): SecondFactor | null {
    return row ? { ...row, secret: this.sealing.open(row.secret, contextOf(row.userId)) } : null;
  }
}

function contextOf(userId: string): string {
  return `user_mfa.secret/${userId}`;
}
