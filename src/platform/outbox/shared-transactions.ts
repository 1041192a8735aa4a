import { FairQueue } from '#kernel/fair-queue.js';
import { GroupCommit } from '#kernel/group-commit.js';
import { batchLimits } from '#ports/batch.js';
import { NotYet, RetryIn, type ExternalCallConsumer, type TransactionalConsumer } from '#ports/consumers.js';
import type { Transactions, Tx } from '#ports/tx.js';
import { attempt } from '../database/statement.js';
import type { ClaimedRow, Outbox } from './outbox.sql.js';
import { Overtaken } from './runner.js';

/** The effect of one claimed row. */
export interface Effect {
  readonly row: ClaimedRow;
  readonly apply: (tx: Tx) => Promise<void>;
}

/** What an effect was stopped by, which concerns no other; null when it has taken place. */
type Stopped = Error | null;

/** Effects that become due while a transaction is under way. */
const waiting = { ...batchLimits, maxWaiting: Number.POSITIVE_INFINITY, maxSingleTries: 1 };
/** How many transactions of events that share none may be open at once. */
const ALONE_AT_ONCE = 8;

/**
 * The effects of one consumer's rows: those that may share a transaction are committed together with the removal of their rows,
 * in group commits; the others one by one.
 */
export class SharedTransactions {
  private readonly together: GroupCommit<Effect, Stopped>;
  private readonly alone = new FairQueue(ALONE_AT_ONCE, Number.POSITIVE_INFINITY);

  constructor(
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
    private readonly consumer: TransactionalConsumer | ExternalCallConsumer,
  ) {
    this.together = new GroupCommit({ ...waiting, commit: (batch) => this.commit(batch) });
  }

  /** Resolves when the effect is committed. @throws Overtaken, what the consumer throws */
  async commitWithOthers(effect: Effect): Promise<void> {
    if (!this.consumer.sharesTransaction(effect.row.event)) return this.alone.run('', () => this.commitAlone(effect));
    const stopped = await this.together.submit(effect);
    if (stopped) throw stopped;
  }

  private async commitAlone(effect: Effect): Promise<void> {
    await this.transactions.run(async (tx) => {
      if ((await this.outbox.take(tx, [effect.row])).length === 0) throw new Overtaken();
      await effect.apply(tx);
    });
  }

  /** What is thrown by one rolls back all of them, and each is tried alone; only what cannot take place yet stops nothing else. */
  private commit(effects: readonly Effect[]): Promise<Stopped[]> {
    return this.transactions.run(async (tx) => {
      const rows = effects.map(({ row }) => row);
      const held = new Set(await this.outbox.hold(tx, rows));
      const events = rows.filter((row) => held.has(row)).map(({ event }) => event);
      if (events.length > 0) await this.consumer.lockAhead(tx, events);
      const stopped: Stopped[] = [];
      for (const effect of effects) {
        if (!held.has(effect.row)) stopped.push(new Overtaken());
        else stopped.push(await (effects.length > 1 ? this.attempt(tx, effect) : this.apply(tx, effect)));
      }
      return stopped;
    });
  }

  private async attempt(tx: Tx, effect: Effect): Promise<Stopped> {
    try {
      return await attempt(tx, () => this.apply(tx, effect), isStop);
    } catch (error) {
      if (isStop(error)) return error;
      throw error;
    }
  }

  private async apply(tx: Tx, { row, apply }: Effect): Promise<Stopped> {
    await apply(tx);
    this.outbox.remove(tx, row);
    return null;
  }
}

/** What concerns one effect only: it cannot take place yet, or knows better when. */
function isStop(error: unknown): error is NotYet | RetryIn {
  return error instanceof NotYet || error instanceof RetryIn;
}
