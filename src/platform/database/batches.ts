import { BEFORE_EVERY_ID } from '#kernel/ids.js';
import type { Transactions, Tx } from '#ports/tx.js';

/** Rows that one transaction of long work touches. */
export const BATCH = 500;

/** Does work in transactions of at most BATCH rows until there is less to do. @param work answers how many rows it touched */
export async function inBatches(transactions: Transactions, work: (tx: Tx) => Promise<number>): Promise<void> {
  while ((await transactions.run(work)) >= BATCH);
}

/** Pages of ids in their order. @param read the next ids after one, at most BATCH */
export async function* pagesOfIds(
  read: (after: string) => Promise<readonly { readonly id: string }[]>,
): AsyncGenerator<readonly string[]> {
  let after: string = BEFORE_EVERY_ID;
  for (;;) {
    const ids = (await read(after)).map(({ id }) => id);
    if (ids.length > 0) yield ids;
    if (ids.length < BATCH) return;
    after = ids.at(-1)!;
  }
}
