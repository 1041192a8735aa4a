import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Unavailable } from '#kernel/errors.js';
import { Log } from '../telemetry/log.js';
import { Settings } from '../settings/settings.js';
import { BatchFastPath } from './batch-fast-path.js';
import { BatchRunner } from './batch-runner.js';
import { ExternalCallRunner } from './external-call-runner.js';
import { Outbox, type ClaimedRow } from './outbox.sql.js';
import { RecipientRunner } from './recipient-runner.js';
import type { ClaimableQueue, Progress, Runner } from './runner.js';
import { Subscriptions, type ConsumerKind } from './subscriptions.js';
import { TransactionalRunner } from './transactional-runner.js';
import { UnknownEventRunner } from './unknown-event-runner.js';
import { Wakeup } from './wakeup.js';

/** A claim that is being worked on. */
interface Claim {
  readonly row: ClaimedRow;
  readonly queueId: string;
  holdsSlot: boolean;
}

/**
 * The one claim loop: claims due rows and hands them to the runner of their kind of consumer. Polled by the scheduler, woken
 * in memory after commits, safe with any number of replicas: rows are claimed with SKIP LOCKED for a lease, and a fence
 * keeps out work that outlived its lease.
 */
@Injectable()
export class Relay implements Progress {
  /** By fence: a row that was put back may be claimed again while its first claim is still being worked on. */
  private readonly claims = new Map<number, Claim>();
  private readonly busy = new Map<string, number>();
  private readonly runners: Readonly<Record<ConsumerKind, Runner>>;
  private isClaiming = false;
  private claimAgain = false;
  /** Rows under former ids are few and soon gone: they are looked for at every poll, and not at every wakeup. */
  private formerIdsDue = false;
  private hasFailed = false;
  private claimed = 0;
  private running = false;
  private quietWaiters: (() => void)[] = [];

  constructor(
    private readonly outbox: Outbox,
    private readonly subscriptions: Subscriptions,
    transactional: TransactionalRunner,
    externalCalls: ExternalCallRunner,
    batches: BatchRunner,
    private readonly recipients: RecipientRunner,
    private readonly unknownEvents: UnknownEventRunner,
    private readonly fastPath: BatchFastPath,
    private readonly wakeup: Wakeup,
    private readonly scheduler: SchedulerRegistry,
    private readonly settings: Settings,
    private readonly log: Log,
  ) {
    this.runners = { recipient: recipients, transactional, 'external-call': externalCalls, batch: batches };
    fastPath.onIdle(() => this.noticeQuiet());
  }

  start(): void {
    this.running = true;
    this.wakeup.listen(() => void this.claimDue());
    this.scheduler.addInterval(
      'outbox-poll',
      setInterval(() => void this.poll(), this.settings.outboxPollMs),
    );
    this.scheduler.addInterval(
      'outbox-renew',
      setInterval(() => void this.renew(), (this.settings.outboxLeaseSeconds * 1000) / 3),
    );
    void this.poll();
  }

  /** Claims nothing more and waits for what is under way, up to the grace; the rest is given back by its lease. */
  async stop(graceMs: number): Promise<void> {
    if (!this.running) return;
    this.running = false;
    this.fastPath.stop();
    this.wakeup.listen(() => undefined);
    this.scheduler.deleteInterval('outbox-poll');
    const grace = new AbortController();
    await Promise.race([this.quiet(), sleep(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)]);
    grace.abort();
    this.scheduler.deleteInterval('outbox-renew');
    this.recipients.stop();
  }

  /**
   * For tests: resolves when nothing is due and this process works on nothing. Rows that may not be claimed now (their
   * recipient is paused, another process has claimed them) do not count.
   */
  async idle(): Promise<void> {
    for (;;) {
      if (!this.running) throw new Error('The relay does not run, so it claims nothing');
      const before = this.claimed + this.fastPath.turns;
      this.outbox.lookFromBeginning();
      await this.poll();
      await this.quiet();
      if (this.hasFailed) await sleep(this.settings.outboxPollMs);
      else if (this.claimed + this.fastPath.turns === before) return;
    }
  }

  private poll(): Promise<void> {
    this.formerIdsDue = true;
    return this.claimDue();
  }

  /** Returns at once when a claim is under way, which is then followed by another. */
  private async claimDue(): Promise<void> {
    if (this.running) this.fastPath.start();
    if (this.isClaiming) {
      this.claimAgain = true;
      return;
    }
    this.isClaiming = true;
    try {
      do {
        this.claimAgain = false;
        const looksForFormer = this.formerIdsDue;
        this.formerIdsDue = false;
        const former = looksForFormer ? await this.claim(true) : 0;
        if (former > 0) this.formerIdsDue = true;
        if (former + (await this.claim(false)) > 0) this.claimAgain = true;
      } while (this.claimAgain && this.running);
      this.hasFailed = false;
    } catch (error) {
      this.hasFailed = true;
      if (!(error instanceof Unavailable)) this.log.error({ err: error }, 'The relay could not claim');
    } finally {
      this.isClaiming = false;
      this.noticeQuiet();
    }
  }

  /** @returns how many rows were claimed */
  private async claim(formerIds: boolean): Promise<number> {
    const free = this.freeSlots(formerIds);
    if (free.size === 0) return 0;
    const rows = await this.outbox.claim(free, this.settings.outboxLeaseSeconds);
    this.claimed += rows.length;
    this.dispatch(rows);
    return rows.length;
  }

  private freeSlots(formerIds: boolean): Map<string, number> {
    const free = new Map<string, number>();
    if (!this.running) return free;
    for (const runner of Object.values(this.runners)) {
      for (const queue of runner.queues((id) => this.busy.get(id) ?? 0)) {
        if (formerIds) shareSlots(queue, free);
        else if (!queue.formerOnly) free.set(queue.id, queue.slots);
      }
    }
    return free;
  }

  private dispatch(rows: readonly ClaimedRow[]): void {
    const shares = new Map<Pick<Runner, 'run'>, ClaimedRow[]>();
    for (const row of rows) {
      const queueId = this.subscriptions.currentId(row.subscriber);
      this.claims.set(row.fence, { row, queueId, holdsSlot: true });
      this.busy.set(queueId, (this.busy.get(queueId) ?? 0) + 1);
      const runner = this.runnerOf(row);
      const share = shares.get(runner);
      if (share) share.push(row);
      else shares.set(runner, [row]);
    }
    for (const [runner, share] of shares) void runner.run(share, this);
  }

  private runnerOf({ subscriber, event }: ClaimedRow): Pick<Runner, 'run'> {
    if (!this.subscriptions.hasEventType(event.type)) return this.unknownEvents;
    return this.runners[this.subscriptions.named(subscriber)?.kind ?? 'recipient'];
  }

  answered(row: ClaimedRow): void {
    const claim = this.claims.get(row.fence);
    if (!claim?.holdsSlot) return;
    claim.holdsSlot = false;
    const left = this.busy.get(claim.queueId)! - 1;
    if (left > 0) this.busy.set(claim.queueId, left);
    else this.busy.delete(claim.queueId);
    if (this.running) void this.claimDue();
  }

  settled(row: ClaimedRow): void {
    this.answered(row);
    this.claims.delete(row.fence);
    this.noticeQuiet();
  }

  private async renew(): Promise<void> {
    const rows = [...this.claims.values()].map(({ row }) => row);
    if (rows.length > 0) await this.outbox.renew(rows, this.settings.outboxLeaseSeconds).catch(() => undefined);
  }

  private get isQuiet(): boolean {
    return this.claims.size === 0 && !this.isClaiming && !this.fastPath.isUnderWay;
  }

  /** Resolves when nothing is being claimed or worked on. */
  private quiet(): Promise<void> {
    return this.isQuiet ? Promise.resolve() : new Promise((resolve) => this.quietWaiters.push(resolve));
  }

  private noticeQuiet(): void {
    if (!this.isQuiet) return;
    for (const resolve of this.quietWaiters.splice(0)) resolve();
  }
}

/** The slots of a queue for its former ids: together no more than it has. */
function shareSlots({ formerIds, slots }: ClaimableQueue, free: Map<string, number>): void {
  const share = Math.ceil(slots / Math.max(1, formerIds.length));
  formerIds.forEach((id, i) => {
    const rest = Math.min(share, slots - i * share);
    if (rest > 0) free.set(id, rest);
  });
}
