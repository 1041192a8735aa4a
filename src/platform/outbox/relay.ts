import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { SchedulerRegistry } from '@nestjs/schedule';
import { NotYet, RetryIn, Sender, Subscriber } from '#kernel/events.js';
import { Unavailable } from '#kernel/errors.js';
import { Database } from '../database/database.js';
import { Log } from '../observability/log.js';
import { Metrics } from '../observability/metrics.js';
import { Settings } from '../settings/settings.js';
import { Outbox, type ClaimedRow } from './outbox.sql.js';
import { retryDelay, Subscriptions, type Subscription } from './subscriptions.js';
import { Wakeup } from './wakeup.js';

class Overtaken extends Error {}

/**
 * Carries events to their reactions. Polled by the scheduler, woken in memory after commits, safe with any number of
 * replicas: rows are claimed with SKIP LOCKED for a lease, and a fence keeps out whoever outlived its lease.
 */
@Injectable()
export class Relay {
  private readonly underWay = new Map<number, ClaimedRow>();
  private readonly busy = new Map<string, number>();
  private pumping = false;
  private again = false;
  private running = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly database: Database,
    private readonly subscriptions: Subscriptions,
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
    this.wakeup.listen(() => undefined);
    this.scheduler.deleteInterval('outbox-poll');
    for (const deadline = Date.now() + graceMs; (this.underWay.size > 0 || this.pumping) && Date.now() < deadline;) await sleep(10);
    this.scheduler.deleteInterval('outbox-renew');
  }

  private async pump(): Promise<void> {
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
        for (const row of rows) void this.handle(row, this.subscriptions.named(row.subscriber)!);
        if (rows.length > 0) this.again = true;
      } while (this.again && this.running);
    } catch (error) {
      if (!(error instanceof Unavailable)) this.log.error({ err: error }, 'The relay could not claim');
    } finally {
      this.pumping = false;
    }
  }

  private freeSlots(): Map<string, number> {
    const free = new Map<string, number>();
    if (!this.running) return free;
    for (const { name, concurrency } of this.subscriptions.all()) {
      const slots = concurrency - (this.busy.get(name) ?? 0);
      if (slots > 0) free.set(name, slots);
    }
    return free;
  }

  private async handle(row: ClaimedRow, subscription: Subscription): Promise<void> {
    const { name } = subscription;
    this.underWay.set(row.id, row);
    this.busy.set(name, (this.busy.get(name) ?? 0) + 1);
    const stopTimer = this.metrics.reactionSeconds.startTimer({ subscriber: name });
    let outcome = 'done';
    try {
      await this.react(row, subscription);
    } catch (error) {
      outcome = await this.settleFailure(row, subscription, error);
    }
    stopTimer({ outcome });
    this.underWay.delete(row.id);
    this.busy.set(name, this.busy.get(name)! - 1);
    if (this.running) void this.pump();
  }

  private async react(row: ClaimedRow, { reaction }: Subscription): Promise<void> {
    const instance = this.moduleRef.get<Subscriber | Sender>(reaction, { strict: false });
    if (instance instanceof Sender) {
      const heard = await instance.tell(row.event, row.attempts);
      await this.database.run(async (tx) => {
        if (!(await this.outbox.take(tx, row))) throw new Overtaken();
        await instance.record(tx, row.event, heard);
      });
    } else {
      await this.database.run(async (tx) => {
        if (!(await this.outbox.take(tx, row))) throw new Overtaken();
        await instance.react(tx, row.event);
      });
    }
  }

  private async settleFailure(row: ClaimedRow, subscription: Subscription, error: unknown): Promise<string> {
    if (error instanceof Overtaken) return 'overtaken';
    const message = (error instanceof Error ? error.message : String(error)).slice(0, 1000);
    const about = { subscriber: row.subscriber, eventId: row.event.id, eventType: row.event.type, requestId: row.event.requestId, attempts: row.attempts };
    try {
      const asked = error instanceof RetryIn ? error.seconds : retryDelay(subscription.retry, row.attempts, Math.random());
      if (asked === null || row.attempts >= subscription.retry.attempts) {
        await this.giveUp(row, subscription, message);
        this.log.error({ ...about, err: error }, 'A reaction was given up; its event is a dead letter now');
        return 'dead';
      }
      const counts = !(error instanceof RetryIn) || error.counts;
      await this.outbox.postpone(row, asked, message, counts);
      if (!(error instanceof NotYet) && counts) this.log.warn({ ...about, err: error }, 'A reaction failed and will be repeated');
    } catch (unrecorded) {
      if (unrecorded instanceof Overtaken) return 'overtaken';
      // The database is away: the lease runs out by itself and the row comes back.
      this.log.warn({ ...about, err: unrecorded }, 'A failed reaction could not be rescheduled; its lease will run out');
    }
    return 'failed';
  }

  private async giveUp(row: ClaimedRow, { reaction }: Subscription, message: string): Promise<void> {
    const instance = this.moduleRef.get<Subscriber | Sender>(reaction, { strict: false });
    await this.database.run(async (tx) => {
      if (!(await this.outbox.bury(tx, row, message))) throw new Overtaken();
      await instance.gaveUp(tx, row.event, message);
    });
  }

  private async renew(): Promise<void> {
    const rows = [...this.underWay.values()];
    if (rows.length > 0) await this.outbox.renew(rows, this.settings.outboxLeaseSeconds).catch(() => undefined);
  }
}
