import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Unavailable } from '#kernel/errors.js';
import type { BatchConsumer } from '#ports/consumers.js';
import { Transactions } from '#ports/tx.js';
import { Metrics } from '../telemetry/metrics.js';
import { BatchFastPath, MAX_BATCH } from './batch-fast-path.js';
import { FailedAttempts } from './failed-attempts.js';
import { Outbox, type ClaimedRow } from './outbox.sql.js';
import type { BusyCount, ClaimableQueue, Progress, Runner } from './runner.js';
import { Subscriptions, type RunnableSubscription } from './subscriptions.js';

/**
 * Many events in one transaction, from claimed rows. In use while the fast path is paused, since attempts are counted here
 * and one bad event is told from its neighbors; and for rows under former ids.
 */
@Injectable()
export class BatchRunner implements Runner {
  constructor(
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
    private readonly subscriptions: Subscriptions,
    private readonly fastPath: BatchFastPath,
    private readonly moduleRef: ModuleRef,
    private readonly failures: FailedAttempts,
    private readonly metrics: Metrics,
  ) {}

  /** One transaction after the other: what comes meanwhile is in the next, and two never meet in each other's rows. */
  *queues(busy: BusyCount): Iterable<ClaimableQueue> {
    for (const { id, formerIds, kind } of this.subscriptions.all()) {
      if (kind !== 'batch' || busy(id) > 0) continue;
      yield { id, formerIds, slots: MAX_BATCH, formerOnly: !this.fastPath.isPaused(id) };
    }
  }

  async run(rows: readonly ClaimedRow[], progress: Progress): Promise<void> {
    const batches = new Map<RunnableSubscription, ClaimedRow[]>();
    for (const row of rows) {
      const subscription = this.subscriptions.named(row.subscriber)!;
      batches.set(subscription, [...(batches.get(subscription) ?? []), row]);
    }
    await Promise.all([...batches].map(([subscription, batch]) => this.runBatch(batch, subscription, progress)));
  }

  private async runBatch(
    rows: readonly ClaimedRow[],
    subscription: RunnableSubscription,
    progress: Progress,
  ): Promise<void> {
    const stopTimer = this.metrics.reactionSeconds.startTimer({ subscriber: subscription.id });
    try {
      await this.work(rows, subscription);
      stopTimer({ outcome: 'done' });
      for (const row of rows) progress.settled(row);
    } catch (error) {
      if (error instanceof Unavailable) {
        // The database is away, which is no event's fault: the leases run out and all come back.
        stopTimer({ outcome: 'failed' });
        for (const row of rows) progress.settled(row);
        return;
      }
      if (rows.length > 1) {
        // One bad event must not hold up its neighbors: halves are tried on their own, until it is alone.
        stopTimer({ outcome: 'failed' });
        const half = Math.ceil(rows.length / 2);
        await this.runBatch(rows.slice(0, half), subscription, progress);
        await this.runBatch(rows.slice(half), subscription, progress);
        return;
      }
      stopTimer({ outcome: await this.failures.settle(rows[0]!, subscription, error) });
      progress.settled(rows[0]!);
    }
  }

  private async work(rows: readonly ClaimedRow[], { consumer }: RunnableSubscription): Promise<void> {
    const instance = this.moduleRef.get<BatchConsumer>(consumer, { strict: false });
    await this.transactions.run(async (tx) => {
      const ours = await this.outbox.take(tx, rows);
      if (ours.length > 0)
        await instance.reactAll(
          tx,
          ours.map((row) => row.event),
        );
    });
  }
}
