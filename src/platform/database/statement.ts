import type { Tx } from '#ports/tx.js';
import type { GatheredWrite } from './gathered-writes.js';
import type { Connection, OpenTransaction } from './open-transaction.js';

/** A statement with a name: prepared once per connection, planned once, sent by name ever after. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const texts = new Map<string, string>();

/** @throws when another statement has the name: a connection that has prepared the one would not even send the other */
export function statement(name: string, text: string): Statement {
  if ((texts.get(name) ?? text) !== text) throw new Error(`Two statements are named ${name}`);
  texts.set(name, text);
  return { name, text };
}

/** @throws when no file that was loaded has made it */
export function statementNamed(name: string): Statement {
  const text = texts.get(name);
  if (text === undefined) throw new Error(`There is no statement ${name}`);
  return { name, text };
}

/**
 * One statement per page size, made when first asked for. With the size as a parameter PostgreSQL expects a tenth of the table,
 * finds its general plan too dear and makes a new one for every call.
 */
export function statementPerLimit(name: string, textOf: (limit: number) => string): (limit: number) => Statement {
  const made = new Map<number, Statement>();
  return (limit) => {
    const known = made.get(limit) ?? statement(`${name}-${limit}`, textOf(limit));
    made.set(limit, known);
    return known;
  };
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

/** Writes an item with the others of its kind, at the latest with COMMIT. */
export function gather<Item>(tx: Tx, write: GatheredWrite<Item>, item: Item): void {
  opened(tx).gathered.add(write, item);
}

/**
 * Runs part of a transaction's work; what it has gathered is dropped when it is refused.
 * @throws HasWritten when that is not enough
 */
export function attempt<T>(tx: Tx, work: () => Promise<T>, isRefusal: (error: unknown) => boolean): Promise<T> {
  return opened(tx).gathered.attempt(work, isRefusal);
}

/** What is known of rows belongs to this object: when writes are dropped there is another, which knows nothing yet. */
export function viewOf(tx: Tx): object {
  return opened(tx).gathered.view;
}

/** For work whose writes are rolled back to a savepoint. */
export function dropGathered(tx: Tx): void {
  opened(tx).gathered.drop();
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

/** Waits no longer than this for a row lock, for the rest of the transaction; the database's own limit when left out. */
export async function limitLockTimeout(tx: Tx, milliseconds: number | undefined): Promise<void> {
  if (milliseconds !== undefined) await run(tx, limitLockWait, [`${milliseconds}ms`]);
}

/** The only row, presented, or null. */
export function first<Row, T>([row]: readonly Row[], present: (row: Row) => T): T | null {
  return row ? present(row) : null;
}
