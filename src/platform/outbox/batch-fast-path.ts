import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Unavailable } from '#kernel/errors.js';
import type { BatchConsumer } from '#ports/consumers.js';
import { Transactions } from '#ports/tx.js';
import { Metrics } from '../telemetry/metrics.js';
import { Outbox } from './outbox.sql.js';
import { Subscriptions, type RunnableSubscription } from './subscriptions.js';
import { UnknownEventType } from './unknown-event-runner.js';

/** Rows per transaction of a batch consumer. */
export const MAX_BATCH = 500;
/** How long rows of a batch consumer are claimed, one batch after the other, after an event has made it fail. */
const PAUSE_MS = 60_000;

/**
 * The fast path of batch consumers: due rows are removed in the very transaction that reacts to them, with no lease. It
 * cannot tell a bad event from its neighbors, so after a failure the rows are claimed for a while (BatchRunner).
 */
@Injectable()
export class BatchFastPath {
  private readonly underWay = new Set<string>();
  /** Consumers that were woken while they were under way. */
  private readonly again = new Set<string>();
  private readonly pausedUntil = new Map<string, number>();
  private isStopped = false;
  private whenIdle: () => void = () => undefined;
  /** Rises with every batch that was not empty, and with every failure. */
  turns = 0;

  constructor(
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
    private readonly subscriptions: Subscriptions,
    private readonly moduleRef: ModuleRef,
    private readonly metrics: Metrics,
  ) {}

  get isUnderWay(): boolean {
    return this.underWay.size > 0;
  }

  /** Calls this function whenever a consumer has nothing more to take. */
  onIdle(whenIdle: () => void): void {
    this.whenIdle = whenIdle;
  }

  /** Whether this consumer's rows are to be claimed instead. */
  isPaused(id: string): boolean {
    return (this.pausedUntil.get(id) ?? 0) > Date.now();
  }

  /** For every batch consumer; returns at once. */
  start(): void {
    this.isStopped = false;
    for (const subscription of this.subscriptions.all()) {
      const { id, kind } = subscription;
      if (kind !== 'batch' || this.isPaused(id)) continue;
      if (this.underWay.has(id)) this.again.add(id);
      else void this.drain(subscription);
    }
  }

  /** Begins no further transaction. */
  stop(): void {
    this.isStopped = true;
  }

  /** Takes what is due, batch by batch, until there is no more. */
  private async drain({ id, consumer }: RunnableSubscription): Promise<void> {
    this.underWay.add(id);
    const instance = this.moduleRef.get<BatchConsumer>(consumer, { strict: false });
    try {
      for (let taken = MAX_BATCH; (taken === MAX_BATCH || this.again.has(id)) && !this.isStopped;) {
        this.again.delete(id);
        const stopTimer = this.metrics.reactionSeconds.startTimer({ subscriber: id });
        taken = await this.transactions.run(async (tx) => {
          const events = await this.outbox.takeDue(tx, id, MAX_BATCH);
          // Rolled back, so that the rows stay queued; the relay tells them apart when it claims them.
          const unknown = events.find(({ type }) => !this.subscriptions.hasEventType(type));
          if (unknown) throw new UnknownEventType(unknown.type);
          if (events.length > 0) await instance.reactAll(tx, events);
          return events.length;
        });
        if (taken === 0) continue;
        this.turns++;
        stopTimer({ outcome: 'done' });
      }
    } catch (error) {
      this.turns++;
      // Claimed rows count their attempts, and a bad one is told from its neighbors. A database that is away is no event's fault.
      if (!(error instanceof Unavailable)) this.pausedUntil.set(id, Date.now() + PAUSE_MS);
    } finally {
      this.underWay.delete(id);
      this.whenIdle();
    }
  }
}
