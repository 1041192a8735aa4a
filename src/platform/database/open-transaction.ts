import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { defineFailpoint } from '#kernel/failpoints.js';
import { sqlState } from './database-errors.js';
import { GatheredWrites } from './gathered-writes.js';
import { sendTogether, type Corkable } from './send-together.js';

const beforeBegin = defineFailpoint('database.before-begin');
const beforeCommit = defineFailpoint('database.before-commit');
const afterCommitPoint = defineFailpoint('database.after-commit');

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
  readonly gathered = new GatheredWrites();
  readonly connection: Connection;
  /** Of statements that travel together all after the first that fails are refused, and may be heard of before it. */
  private fault: unknown;
  /** Why there is no transaction. BEGIN may travel with what follows it, which must not take place without one. */
  private notBegun: Error | null = null;
  /** A gathered write that has failed. The driver may refuse to send one, which the server does not know of when it commits. */
  private notSent: Error | null = null;

  private queryRunner: QueryRunner | null = null;

  constructor(
    private readonly client: Client,
    private readonly dataSource: DataSource,
  ) {
    this.connection = {
      query: <Row>(query: Parameters<Connection['query']>[0]) => {
        this.sendGathered();
        // A statement that may write, whatever else it does.
        if (!query.text.startsWith('SELECT')) this.gathered.noteWrite();
        return this.send<Row>(query);
      },
    };
  }

  private send<Row>(query: Parameters<Connection['query']>[0]): ReturnType<typeof this.client.query<Row>> {
    sendTogether(this.client);
    const answer = this.notBegun === null ? this.client.query<Row>(query) : Promise.reject<never>(this.notBegun);
    answer.catch(this.noteFault);
    return answer;
  }

  /** Whatever follows sees what was gathered; when that fails, the server refuses whatever follows. */
  private sendGathered(): void {
    for (const [{ name, text }, values] of this.gathered.drain())
      this.send({ name, text, values }).catch((error: Error) => (this.notSent ??= error));
  }

  /** TypeORM's view of this transaction: its statements run on the same connection, among the others. */
  get manager(): EntityManager {
    this.queryRunner ??= this.bound(this.dataSource.createQueryRunner());
    return this.queryRunner.manager;
  }

  private bound(runner: QueryRunner): QueryRunner {
    const query = async (text: string, values?: unknown[]) => this.connection.query({ text, values });
    // What TypeORM would have taken from the pool; BEGIN and COMMIT are not its matter.
    return Object.assign(runner, { databaseConnection: { query }, isTransactionActive: true });
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
      begun.catch((error: Error) => (this.notBegun = error));
      if (!readsFirst) await begun;
      const result = await work();
      await begun;
      beforeCommit();
      // It travels with what was gathered. An error that was not waited for turns a commit into a rollback, which is no success.
      const { command } = await this.connection.query({ text: 'COMMIT' });
      if (command !== 'COMMIT')
        throw (
          (this.fault as Error | undefined) ??
          new Error(`The transaction ended with ${String(command)} instead of COMMIT`)
        );
      if (this.notSent !== null) throw this.notSent;
      afterCommitPoint();
      return result;
    } catch (error) {
      const cause = sqlState(error) === ABORTED ? (this.fault ?? error) : error;
      this.gathered.drop();
      await this.connection.query({ text: 'ROLLBACK' }).catch(() => (isBroken = true));
      throw cause;
    } finally {
      this.client.release(isBroken);
    }
  }
}
