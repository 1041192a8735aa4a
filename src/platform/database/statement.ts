import type { Tx } from '#kernel/tx.js';

/** A statement with a name: prepared once per connection, planned once, sent by name ever after. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export function statement(name: string, text: string): Statement {
  return { name, text };
}

/** What SQL modules may do with a transaction. */
export interface Connection {
  query<Row>(query: { name?: string; text: string; values?: unknown[] }): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** What a Tx is inside: the connection that the transaction runs on, and what waits for its commit. */
export class OpenTransaction {
  readonly afterCommit = new Set<() => void>();
  constructor(readonly connection: Connection) {}
}

function opened(tx: Tx): OpenTransaction {
  return tx as unknown as OpenTransaction;
}

/** For the platform and for `*.sql.ts` files only. */
export function connectionOf(tx: Tx): Connection {
  return opened(tx).connection;
}

/** Runs something in memory once the transaction has committed (never when it is rolled back, once however often asked). */
export function afterCommit(tx: Tx, act: () => void): void {
  opened(tx).afterCommit.add(act);
}

export async function run<Row>(tx: Tx, { name, text }: Statement, values: unknown[]): Promise<Row[]> {
  return (await connectionOf(tx).query<Row>({ name, text, values })).rows;
}

/** As run, answering the number of rows that were written. */
export async function count(tx: Tx, { name, text }: Statement, values: unknown[]): Promise<number> {
  return (await connectionOf(tx).query({ name, text, values })).rowCount ?? 0;
}

/** Unnamed: for texts that are put together from fixed parts and would fill the cache of prepared statements. */
export async function runOnce<Row>(tx: Tx, text: string, values: unknown[]): Promise<Row[]> {
  return (await connectionOf(tx).query<Row>({ text, values })).rows;
}

const limitLockWait = statement('database.limit-lock-wait', `SELECT set_config('lock_timeout', $1, true)`);

/** Waits no longer than this for anybody's lock, for the rest of the transaction. */
export async function limitPatience(tx: Tx, milliseconds: number): Promise<void> {
  await run(tx, limitLockWait, [`${milliseconds}ms`]);
}
