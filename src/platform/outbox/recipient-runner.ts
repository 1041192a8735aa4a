import { Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { RecipientConsumer, DeliveryAttempt } from '#ports/consumers.js';
import { Transactions } from '#ports/tx.js';
import { defineFailpoint } from '#kernel/failpoints.js';
import { GroupCommit } from '#kernel/group-commit.js';
import { Log } from '../telemetry/log.js';
import { Outbox, type ClaimedRow } from './outbox.sql.js';
import type { BusyCount, ClaimableQueue, Progress, Runner } from './runner.js';
import { queueOf, Subscriptions } from './subscriptions.js';

/** A recipient has answered, and nothing of it is written down yet. */
const afterAnswer = defineFailpoint('recipient-delivery.after-answer');

const MAX_SETTLED_TOGETHER = 200;

interface Attempted {
  readonly row: ClaimedRow;
  readonly consumer: Type<RecipientConsumer>;
  readonly attempt: DeliveryAttempt<unknown>;
}

/**
 * Delivers events to recipients, each with a queue of its own. Each attempt is a call of its own; their outcomes are
 * recorded together, by group commit, so that a delivery costs a share of a transaction and not one of its own.
 */
@Injectable()
export class RecipientRunner implements Runner {
  private readonly settling: GroupCommit<Attempted, void>;
  private isStopped = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
    private readonly subscriptions: Subscriptions,
    private readonly moduleRef: ModuleRef,
    private readonly log: Log,
  ) {
    this.settling = new GroupCommit<Attempted, void>({
      commit: (batch) => this.record(batch),
      maxBatch: MAX_SETTLED_TOGETHER,
      lanes: 1,
      maxWaiting: 10_000,
      maxSingleTries: 2,
    });
  }

  /** A recipient that is being called gets more only when a quarter of its slots is free, so that rows are claimed several at a time. */
  *queues(busy: BusyCount): Iterable<ClaimableQueue> {
    for (const consumer of this.subscriptions.recipientConsumers) {
      for (const [recipient, slots] of this.instance(consumer).recipients()) {
        const id = queueOf(consumer.id, recipient);
        const free = slots - busy(id);
        if (free < Math.max(1, slots / 4)) continue;
        yield { id, formerIds: (consumer.aliases ?? []).map((alias) => queueOf(alias, recipient)), slots: free };
      }
    }
  }

  /** From now on only successes are recorded: connections that we close ourselves are no fault of the recipients. */
  stop(): void {
    this.isStopped = true;
  }

  async run(rows: readonly ClaimedRow[], progress: Progress): Promise<void> {
    await Promise.all(
      rows.map(async (row) => {
        await this.deliver(row, progress);
        progress.settled(row);
      }),
    );
  }

  private async deliver(row: ClaimedRow, progress: Progress): Promise<void> {
    const { consumer, recipient } = this.subscriptions.recipientOf(row.subscriber)!;
    let attempted: Attempted;
    try {
      const { answer, next } = await this.instance(consumer).deliver(row.event, recipient, row.attempts);
      attempted = { row, consumer, attempt: { event: row.event, recipient, answer, next } };
    } catch (error) {
      this.log.warn(
        { subscriber: row.subscriber, eventId: row.event.id, err: error },
        'A message could not be delivered; its lease will run out',
      );
      return;
    } finally {
      progress.answered(row);
    }
    afterAnswer();
    if (this.isStopped && attempted.attempt.next.kind !== 'done') return;
    try {
      await this.settling.submit(attempted);
    } catch (error) {
      this.log.warn(
        { subscriber: row.subscriber, eventId: row.event.id, err: error },
        'An attempt could not be recorded; it will be repeated',
      );
    }
  }

  private async record(batch: readonly Attempted[]): Promise<void[]> {
    await this.transactions.run(async (tx) => {
      const ours = new Set(
        await this.outbox.settle(
          tx,
          batch.map(({ row, attempt }) => ({ row, next: attempt.next })),
        ),
      );
      for (const consumer of this.subscriptions.recipientConsumers) {
        const attempts = batch
          .filter((attempted) => attempted.consumer === consumer && ours.has(attempted.row))
          .map(({ attempt }) => attempt);
        if (attempts.length > 0) await this.instance(consumer).record(tx, attempts);
      }
    });
    return batch.map(() => undefined);
  }

  private instance(consumer: Type<RecipientConsumer>): RecipientConsumer {
    return this.moduleRef.get<RecipientConsumer>(consumer, { strict: false });
  }
}
