import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { BatchConsumer, NotYet, RetryIn } from '#ports/consumers.js';
import { Transactions } from '#ports/tx.js';
import { Log } from '../telemetry/log.js';
import { Outbox, type ClaimedRow } from './outbox.sql.js';
import { Overtaken } from './runner.js';
import { retryDelay, type EventConsumer, type RunnableSubscription } from './subscriptions.js';

const MAX_ERROR_LENGTH = 1_000;

/** What became of a failed attempt, as the metrics name it. */
export type FailureOutcome = 'overtaken' | 'dead' | 'failed';

/** Gives failed rows their next time, or moves them to the dead letters. */
@Injectable()
export class FailedAttempts {
  constructor(
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
    private readonly moduleRef: ModuleRef,
    private readonly log: Log,
  ) {}

  async settle(row: ClaimedRow, subscription: RunnableSubscription, error: unknown): Promise<FailureOutcome> {
    if (error instanceof Overtaken) return 'overtaken';
    const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR_LENGTH);
    const about = {
      subscriber: row.subscriber,
      eventId: row.event.id,
      eventType: row.event.type,
      requestId: row.event.requestId,
      attempts: row.attempts,
    };
    try {
      const asked =
        error instanceof RetryIn ? error.seconds : retryDelay(subscription.retry, row.attempts, Math.random());
      if (asked === null || row.attempts >= subscription.retry.attempts) {
        await this.giveUp(row, subscription, message);
        this.log.error({ ...about, err: error }, 'A reaction was given up; its event is a dead letter now');
        return 'dead';
      }
      const counts = !(error instanceof RetryIn) || error.counts;
      await this.outbox.postpone(row, asked, message, counts);
      if (!(error instanceof NotYet) && counts)
        this.log.warn({ ...about, err: error }, 'A reaction failed and will be repeated');
    } catch (unrecorded) {
      if (unrecorded instanceof Overtaken) return 'overtaken';
      // The database is away: the lease runs out by itself and the row comes back.
      this.log.warn(
        { ...about, err: unrecorded },
        'A failed reaction could not be rescheduled; its lease will run out',
      );
    }
    return 'failed';
  }

  private async giveUp(row: ClaimedRow, { consumer }: RunnableSubscription, message: string): Promise<void> {
    const instance = this.moduleRef.get<EventConsumer>(consumer, { strict: false });
    await this.transactions.run(async (tx) => {
      if (!(await this.outbox.moveToDeadLetters(tx, row, message))) throw new Overtaken();
      if (!(instance instanceof BatchConsumer)) await instance.gaveUp(tx, row.event, message);
    });
  }
}
