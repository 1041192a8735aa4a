import type { Tx } from '#ports/tx.js';
import { run, statement } from './statement.js';

const setting = statement('redacting.set', `SELECT set_config('quittance.redacting', $1, true)`);

/**
 * Runs work that may change rows of the event log and the ledger, which their triggers refuse otherwise.
 * The setting ends with the transaction at the latest.
 */
export async function redacting<Result>(tx: Tx, work: () => Promise<Result>): Promise<Result> {
  await run(tx, setting, ['on']);
  const result = await work();
  await run(tx, setting, ['off']);
  return result;
}
