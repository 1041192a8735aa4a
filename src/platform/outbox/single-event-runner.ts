import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Transactions } from '#ports/tx.js';
import { Metrics } from '../telemetry/metrics.js';
import { FailedAttempts } from './failed-attempts.js';
import { Outbox, type ClaimedRow } from './outbox.sql.js';
import { SharedTransactions, type Effect } from './shared-transactions.js';
import { type BusyCount, type ClaimableQueue, type Progress, type Runner } from './runner.js';
import type { ExternalCallConsumer, TransactionalConsumer } from '#ports/consumers.js';
import { Subscriptions, type RunnableSubscription } from './subscriptions.js';

/** What the kinds have in common that work on each event on its own: slots, measuring, and what follows a failure. */
@Injectable() // inherited by the runners, which have no constructors of their own
export abstract class SingleEventRunner<
  Consumer extends TransactionalConsumer | ExternalCallConsumer,
> implements Runner {
  protected abstract readonly kind: RunnableSubscription['kind'];
  private readonly shared = new Map<Consumer, SharedTransactions>();

  constructor(
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
    private readonly subscriptions: Subscriptions,
    private readonly moduleRef: ModuleRef,
    private readonly failures: FailedAttempts,
    private readonly metrics: Metrics,
  ) {}

  /** The effect of one event, with the removal of its row. */
  protected abstract work(consumer: Consumer, row: ClaimedRow): Promise<void>;

  *queues(busy: BusyCount): Iterable<ClaimableQueue> {
    for (const { id, formerIds, kind, concurrency } of this.subscriptions.all()) {
      if (kind !== this.kind) continue;
      const slots = concurrency - busy(id);
      if (slots > 0) yield { id, formerIds, slots };
    }
  }

  async run(rows: readonly ClaimedRow[], progress: Progress): Promise<void> {
    await Promise.all(rows.map((row) => this.runOne(row, this.subscriptions.named(row.subscriber)!, progress)));
  }

  private async runOne(row: ClaimedRow, subscription: RunnableSubscription, progress: Progress): Promise<void> {
    const stopTimer = this.metrics.reactionSeconds.startTimer({ subscriber: subscription.id });
    let outcome = 'done';
    try {
      await this.work(this.moduleRef.get<Consumer>(subscription.consumer, { strict: false }), row);
    } catch (error) {
      outcome = await this.failures.settle(row, subscription, error);
    }
    stopTimer({ outcome });
    progress.settled(row);
  }

  /** Commits an effect with the removal of its row. @throws Overtaken, what the consumer throws */
  protected commit(consumer: Consumer, effect: Effect): Promise<void> {
    let transactions = this.shared.get(consumer);
    if (!transactions) {
      transactions = new SharedTransactions(this.outbox, this.transactions, consumer);
      this.shared.set(consumer, transactions);
    }
    return transactions.commitWithOthers(effect);
  }
}
