import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { SchedulerRegistry } from '@nestjs/schedule';
import { BatchConsumer, NotYet, RetryIn, ExternalCallConsumer, TransactionalConsumer } from '#ports/consumers.js';
import { Unavailable } from '#kernel/errors.js';
import { Database } from '../database/database.js';
import { Log } from '../telemetry/log.js';
import { Metrics } from '../telemetry/metrics.js';
import { Settings } from '../settings/settings.js';
import { Carriage } from './recipient-delivery.js';
import { Outbox, type ClaimedRow } from './outbox.sql.js';
import { isBatch, retryDelay, Subscriptions, type RunnableSubscription } from './subscriptions.js';
import { BULK, Sweep } from './batch-consumer.js';
import { Wakeup } from './wakeup.js';

class Overtaken extends Error {}

/**
 * Carries events to their reactions. Polled by the scheduler, woken in memory after commits, safe with any number of
 * replicas: rows are claimed with SKIP LOCKED for a lease, and a fence keeps out whoever outlived its lease.
 */
@Injectable()
export class Relay {
  /** By fence: a row that was put back may be claimed again while its first claim is still being worked on. */
  private readonly underWay = new Map<number, ClaimedRow>();
  private readonly busy = new Map<string, number>();
  private pumping = false;
  private again = false;
  private running = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly database: Database,
    private readonly subscriptions: Subscriptions,
    private readonly carriage: Carriage,
    private readonly sweep: Sweep,
    private readonly wakeup: Wakeup,
    private readonly scheduler: SchedulerRegistry,
    private readonly moduleRef: ModuleRef,
    private readonly settings: Settings,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  start(): void {
    this.running = true;
    this.wakeup.listen(() => void this.pump());
    this.scheduler.addInterval(
      'outbox-poll',
      setInterval(() => void this.pump(), this.settings.outboxPollMs),
    );
    this.scheduler.addInterval(
      'outbox-renew',
      setInterval(() => void this.renew(), (this.settings.outboxLeaseSeconds * 1000) / 3),
    );
    void this.pump();
  }

  /** Claims nothing more and waits for what is under way, up to the grace; the rest is given back by its lease. */
  async stop(graceMs: number): Promise<void> {
    if (!this.running) return;
    this.running = false;
    this.sweep.stop();
    this.wakeup.listen(() => undefined);
    this.scheduler.deleteInterval('outbox-poll');
    for (
      const deadline = Date.now() + graceMs;
      (this.underWay.size > 0 || this.sweep.isUnderWay || this.pumping) && Date.now() < deadline;
    )
      await sleep(10);
    this.scheduler.deleteInterval('outbox-renew');
    this.carriage.stop();
  }

  private async pump(): Promise<void> {
    if (this.running) this.sweep.start();
    if (this.pumping) {
      this.again = true;
      return;
    }
    this.pumping = true;
    try {
      do {
        this.again = false;
        const free = this.freeSlots();
        if (free.size === 0) break;
        const rows = await this.outbox.claim(free, this.settings.outboxLeaseSeconds);
        this.dispatch(rows);
        if (rows.length > 0) this.again = true;
      } while (this.again && this.running);
    } catch (error) {
      if (!(error instanceof Unavailable)) this.log.error({ err: error }, 'The relay could not claim');
    } finally {
      this.pumping = false;
    }
  }

  private freeSlots(): Map<string, number> {
    if (!this.running) return new Map();
    const free = this.carriage.freeSlots((queue) => this.busy.get(queue) ?? 0);
    for (const { id: name, concurrency, consumer } of this.subscriptions.all()) {
      if (isBatch(consumer) && !this.sweep.isPaused(name)) continue;
      const slots = isBatch(consumer) ? this.freeBulk(name) : concurrency - (this.busy.get(name) ?? 0);
      if (slots > 0) free.set(name, slots);
    }
    return free;
  }

  /** One transaction after the other: what comes meanwhile is in the next, and two never meet in each other's rows. */
  private freeBulk(name: string): number {
    return (this.busy.get(name) ?? 0) > 0 ? 0 : BULK;
  }

  private dispatch(rows: readonly ClaimedRow[]): void {
    const bulks = new Map<RunnableSubscription, ClaimedRow[]>();
    for (const row of rows) {
      this.underWay.set(row.fence, row);
      this.busy.set(row.subscriber, (this.busy.get(row.subscriber) ?? 0) + 1);
      const subscription = this.subscriptions.named(row.subscriber);
      if (!subscription) {
        // The slot is free as soon as the recipient has answered; until it is recorded the row is only leased.
        void this.carriage.carry(row, () => this.leave(row)).then(() => this.underWay.delete(row.fence));
      } else if (isBatch(subscription.consumer)) bulks.set(subscription, [...(bulks.get(subscription) ?? []), row]);
      else void this.handle(row, subscription);
    }
    for (const [subscription, together] of bulks) void this.handleBulk(together, subscription);
  }

  private leave(row: ClaimedRow): void {
    const left = this.busy.get(row.subscriber)! - 1;
    if (left > 0) this.busy.set(row.subscriber, left);
    else this.busy.delete(row.subscriber);
    if (this.running) void this.pump();
  }

  private done(row: ClaimedRow): void {
    this.underWay.delete(row.fence);
    this.leave(row);
  }

  private async handle(row: ClaimedRow, subscription: RunnableSubscription): Promise<void> {
    const stopTimer = this.metrics.reactionSeconds.startTimer({ subscriber: subscription.id });
    let outcome = 'done';
    try {
      await this.react(row, subscription);
    } catch (error) {
      outcome = await this.settleFailure(row, subscription, error);
    }
    stopTimer({ outcome });
    this.done(row);
  }

  private async handleBulk(rows: readonly ClaimedRow[], subscription: RunnableSubscription): Promise<void> {
    const stopTimer = this.metrics.reactionSeconds.startTimer({ subscriber: subscription.id });
    try {
      await this.reactTogether(rows, subscription);
      stopTimer({ outcome: 'done' });
      for (const row of rows) this.done(row);
    } catch (error) {
      if (error instanceof Unavailable) {
        // The database is away, which is no event's fault: the leases run out and all come back.
        stopTimer({ outcome: 'failed' });
        for (const row of rows) this.done(row);
        return;
      }
      if (rows.length > 1) {
        // One bad event must not hold up its neighbours: halves are tried on their own, until it is alone.
        stopTimer({ outcome: 'failed' });
        const half = Math.ceil(rows.length / 2);
        await this.handleBulk(rows.slice(0, half), subscription);
        await this.handleBulk(rows.slice(half), subscription);
        return;
      }
      stopTimer({ outcome: await this.settleFailure(rows[0]!, subscription, error) });
      this.done(rows[0]!);
    }
  }

  private async reactTogether(rows: readonly ClaimedRow[], { consumer }: RunnableSubscription): Promise<void> {
    const instance = this.moduleRef.get<BatchConsumer>(consumer, { strict: false });
    await this.database.run(async (tx) => {
      const ours = await this.outbox.take(tx, rows);
      if (ours.length > 0)
        await instance.reactAll(
          tx,
          ours.map((row) => row.event),
        );
    });
  }

  private async react(row: ClaimedRow, { consumer }: RunnableSubscription): Promise<void> {
    const instance = this.moduleRef.get<TransactionalConsumer | ExternalCallConsumer>(consumer, { strict: false });
    if (instance instanceof ExternalCallConsumer) {
      const answer = await instance.call(row.event, row.attempts);
      await this.database.run(async (tx) => {
        await this.take(tx, row);
        await instance.record(tx, row.event, answer);
      });
    } else {
      await this.database.run(async (tx) => {
        await this.take(tx, row);
        await instance.react(tx, row.event);
      });
    }
  }

  private async take(tx: Parameters<Outbox['take']>[0], row: ClaimedRow): Promise<void> {
    if ((await this.outbox.take(tx, [row])).length === 0) throw new Overtaken();
  }

  private async settleFailure(row: ClaimedRow, subscription: RunnableSubscription, error: unknown): Promise<string> {
    if (error instanceof Overtaken) return 'overtaken';
    const message = (error instanceof Error ? error.message : String(error)).slice(0, 1000);
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
    const instance = this.moduleRef.get<TransactionalConsumer | ExternalCallConsumer | BatchConsumer>(consumer, {
      strict: false,
    });
    await this.database.run(async (tx) => {
      if (!(await this.outbox.bury(tx, row, message))) throw new Overtaken();
      if (!(instance instanceof BatchConsumer)) await instance.gaveUp(tx, row.event, message);
    });
  }

  private async renew(): Promise<void> {
    const rows = [...this.underWay.values()];
    if (rows.length > 0) await this.outbox.renew(rows, this.settings.outboxLeaseSeconds).catch(() => undefined);
  }
}
