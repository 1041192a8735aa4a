import { DomainError } from '#kernel/errors.js';
import type { Tx } from '#ports/tx.js';
import { connectionOf, dropGathered } from '../database/statement.js';

/** Work that leaves nothing behind when it is refused, so that the refusal can be remembered. @throws what the work throws */
export async function withSavepoint<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  const connection = connectionOf(tx);
  // What follows is executed after it; when it fails, so does everything that follows.
  connection.query({ text: 'SAVEPOINT work' }).catch(() => undefined);
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    dropGathered(tx);
    await connection.query({ text: 'ROLLBACK TO SAVEPOINT work' });
    throw error;
  }
}
