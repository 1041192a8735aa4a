import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Unavailable } from '#kernel/errors.js';
import type { BatchConsumer } from '#ports/consumers.js';
import { Database } from '../database/database.js';
import { Metrics } from '../telemetry/metrics.js';
import { Outbox } from './outbox.sql.js';
import { isBatch, Subscriptions, type RunnableSubscription } from './subscriptions.js';

/** Rows per transaction of a reaction that takes many. */
export const BULK = 500;
/** How long such a reaction goes on carefully, claim by claim, after an event has made it fail. */
const CAREFUL_MS = 60_000;

/**
 * The short way for reactions that take many: due rows are taken out in the very transaction that reacts to them, with no
 * lease. It cannot tell a bad event from its neighbours, so after a failure the relay claims for a while.
 */
@Injectable()
export class Sweep {
  private readonly underWay = new Set<string>();
  /** Woken while they were under way. */
  private readonly again = new Set<string>();
  private readonly carefulUntil = new Map<string, number>();
  private isStopped = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly database: Database,
    private readonly subscriptions: Subscriptions,
    private readonly moduleRef: ModuleRef,
    private readonly metrics: Metrics,
  ) {}

  get isUnderWay(): boolean {
    return this.underWay.size > 0;
  }

  /** Whether this reaction's rows are to be claimed instead. */
  isPaused(name: string): boolean {
    return (this.carefulUntil.get(name) ?? 0) > Date.now();
  }

  /** For every such reaction; returns at once. */
  start(): void {
    this.isStopped = false;
    for (const subscription of this.subscriptions.all()) {
      const { id: name, consumer } = subscription;
      if (!isBatch(consumer) || this.isPaused(name)) continue;
      if (this.underWay.has(name)) this.again.add(name);
      else void this.sweep(subscription);
    }
  }

  /** Begins no further transaction. */
  stop(): void {
    this.isStopped = true;
  }

  /** Takes what is due, batch by batch, until there is no more. */
  private async sweep({ id: name, consumer }: RunnableSubscription): Promise<void> {
    this.underWay.add(name);
    const instance = this.moduleRef.get<BatchConsumer>(consumer, { strict: false });
    try {
      for (let taken = BULK; (taken === BULK || this.again.has(name)) && !this.isStopped;) {
        this.again.delete(name);
        const stopTimer = this.metrics.reactionSeconds.startTimer({ subscriber: name });
        taken = await this.database.run(async (tx) => {
          const events = await this.outbox.takeDue(tx, name, BULK);
          if (events.length > 0) await instance.reactAll(tx, events);
          return events.length;
        });
        if (taken > 0) stopTimer({ outcome: 'done' });
      }
    } catch (error) {
      // Whose fault it is shows when they are claimed: then attempts are counted, and the bad one is told from its neighbours.
      if (!(error instanceof Unavailable)) this.carefulUntil.set(name, Date.now() + CAREFUL_MS);
    } finally {
      this.underWay.delete(name);
    }
  }
}
