declare const open: unique symbol;

/**
 * An open database transaction. Every method that writes asks for one, so that forgetting the transaction is a
 * compile error and joining another transaction is visible in the call. Opaque: only the platform can look inside.
 */
export interface Tx {
  readonly [open]: true;
}

export interface TransactionOptions {
  /**
   * The work begins with reads and locks and waits for them before it writes. Then it need not wait for the transaction to
   * be open before it asks.
   */
  readonly readsFirst?: boolean;
}

/** Opens transactions. Commits when the work resolves, rolls back when it rejects. */
export abstract class Transactions {
  /**
   * Runs the work in one transaction. Deadlocks (40P01) and serialization failures (40001) are retried a bounded number
   * of times with a fresh transaction, so the work must have no effect outside of it.
   * @throws Unavailable when the database cannot be reached or does not answer within its own time limits
   */
  abstract run<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

/**
 * Statements of one transaction that travel together.
 *
 * The law: a connection is pipelined. What is issued in one turn of the event loop leaves in one write to the socket and
 * is executed by the server in the order in which it was issued; a later statement starts when the earlier ones are done,
 * locks included. When one fails, the server refuses all that follow it in the transaction, and the transaction reports
 * the first fault. So the order of locks is the order of the arguments, and no argument may wait before it has issued its
 * statements. test/races/platform/statements-together.spec.ts counts the writes.
 * @param work functions that issue their statements before they first wait
 */
export async function together<const Work extends readonly (() => Promise<unknown>)[]>(
  ...work: Work
): Promise<{ -readonly [K in keyof Work]: Awaited<ReturnType<Work[K]>> }> {
  return Promise.all(work.map((issue) => issue())) as never;
}
