import { defineFailpoint } from '#kernel/failpoints.js';
import type { Tx } from '#ports/tx.js';
import { sendTogether, type Corkable } from './send-together.js';
import { sqlState } from './database-errors.js';

const beforeBegin = defineFailpoint('database.before-begin');
const beforeCommit = defineFailpoint('database.before-commit');
const afterCommitPoint = defineFailpoint('database.after-commit');

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
  query<Row>(query: {
    name?: string;
    text: string;
    values?: unknown[];
    query_timeout?: number;
  }): Promise<{ rows: Row[]; rowCount: number | null; command?: string }>;
}

/** The state of statements after one that failed. */
const ABORTED = '25P02';

interface Client extends Connection, Corkable {
  release(broken: boolean): void;
}

/**
 * What a Tx is inside: the connection that the transaction runs on, and what waits for its commit. Statements that are asked
 * for in one turn of the event loop travel together (the connection is pipelined).
 */
export class OpenTransaction {
  readonly afterCommit = new Set<() => void>();
  readonly connection: Connection;
  /** Of statements that travel together all after the first that fails are refused, and may be heard of before it. */
  private fault: unknown;

  constructor(private readonly client: Client) {
    this.connection = {
      query: <Row>(query: Parameters<Connection['query']>[0]) => {
        sendTogether(client);
        const answer = client.query<Row>(query);
        answer.catch(this.noteFault);
        return answer;
      },
    };
  }

  private readonly noteFault = (error: unknown): void => {
    if (sqlState(error) !== ABORTED) this.fault = error;
  };

  /** Begins, works, commits; rolls back when the work rejects. The connection goes back to its pool, or is closed when it is broken. */
  async run<T>(work: () => Promise<T>, readsFirst: boolean): Promise<T> {
    let isBroken = false;
    try {
      beforeBegin();
      const begun = this.connection.query({ text: 'BEGIN' });
      begun.catch(() => undefined);
      if (!readsFirst) await begun;
      const result = await work();
      await begun;
      beforeCommit();
      // An error that nobody waited for turns a commit into a rollback, which is no success.
      const { command } = await this.connection.query({ text: 'COMMIT' });
      if (command !== 'COMMIT')
        throw (
          (this.fault as Error | undefined) ??
          new Error(`The transaction ended with ${String(command)} instead of COMMIT`)
        );
      afterCommitPoint();
      return result;
    } catch (error) {
      const cause = sqlState(error) === ABORTED ? (this.fault ?? error) : error;
      await this.connection.query({ text: 'ROLLBACK' }).catch(() => (isBroken = true));
      throw cause;
    } finally {
      this.client.release(isBroken);
    }
  }
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

/** Waits no longer than this for a row lock, for the rest of the transaction; the database's own limit when left out. */
export async function limitLockTimeout(tx: Tx, milliseconds: number | undefined): Promise<void> {
  if (milliseconds !== undefined) await run(tx, limitLockWait, [`${milliseconds}ms`]);
}

/**
 * An array parameter of values that need no quoting: ids, numbers, truth values. The driver looks for quotes in each element
 * of any other array, which shows on the hottest statements.
 */
export function plainArray(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join()}}`;
}

/** The only row, presented, or null. */
export function first<Row, T>([row]: readonly Row[], present: (row: Row) => T): T | null {
  return row ? present(row) : null;
}
