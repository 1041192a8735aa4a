import { Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { RecipientConsumer, DeliveryAttempt } from '#ports/consumers.js';
import { defineFailpoint } from '#kernel/failpoints.js';
import { GroupCommit } from '#kernel/group-commit.js';
import { Database } from '../database/database.js';
import { Log } from '../telemetry/log.js';
import { Outbox, type ClaimedRow } from './outbox.sql.js';
import { queueOf, Subscriptions } from './subscriptions.js';

const afterAnswer = defineFailpoint('courier.after-answer');

const MAX_SETTLED_TOGETHER = 200;

interface Carried {
  readonly row: ClaimedRow;
  readonly courier: Type<RecipientConsumer>;
  readonly handed: DeliveryAttempt<unknown>;
}

/**
 * Hands events over to the recipients of couriers. Each attempt is a call of its own; their outcomes are recorded together,
 * by group commit, so that a delivery costs a share of a transaction and not one of its own.
 */
@Injectable()
export class Carriage {
  private readonly settling: GroupCommit<Carried, void>;
  private isOver = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly database: Database,
    private readonly subscriptions: Subscriptions,
    private readonly moduleRef: ModuleRef,
    private readonly log: Log,
  ) {
    this.settling = new GroupCommit<Carried, void>({
      commit: (batch) => this.record(batch),
      maxBatch: MAX_SETTLED_TOGETHER,
      lanes: 1,
      maxWaiting: 10_000,
      maxSingleTries: 2,
    });
  }

  /**
   * Who may be told how many more. A recipient that is being told is offered more only when a quarter of its slots is free,
   * so that rows are claimed by the handful.
   */
  freeSlots(busy: (queue: string) => number): Map<string, number> {
    const free = new Map<string, number>();
    for (const courier of this.subscriptions.recipientConsumers) {
      for (const [recipient, slots] of this.instance(courier).recipients()) {
        const queue = queueOf(courier.id, recipient);
        const open = slots - busy(queue);
        if (open >= Math.max(1, slots / 4)) free.set(queue, open);
      }
    }
    return free;
  }

  /** From now on nothing is recorded: connections that we close ourselves are no fault of the receivers. */
  stop(): void {
    this.isOver = true;
  }

  /** Resolves when the outcome is recorded, or will be found out by the lease. @param answered called when the recipient has answered */
  async carry(row: ClaimedRow, answered: () => void): Promise<void> {
    const { consumer: courier, recipient } = this.subscriptions.recipientOf(row.subscriber)!;
    let carried: Carried;
    try {
      const { answer, next } = await this.instance(courier).deliver(row.event, recipient, row.attempts);
      carried = { row, courier, handed: { event: row.event, recipient, answer, next } };
    } catch (error) {
      this.log.warn(
        { subscriber: row.subscriber, eventId: row.event.id, err: error },
        'A message could not be carried; its lease will run out',
      );
      return;
    } finally {
      answered();
    }
    afterAnswer();
    if (this.isOver && carried.handed.next.kind !== 'done') return;
    try {
      await this.settling.submit(carried);
    } catch (error) {
      this.log.warn(
        { subscriber: row.subscriber, eventId: row.event.id, err: error },
        'An attempt could not be recorded; it will be repeated',
      );
    }
  }

  private async record(batch: readonly Carried[]): Promise<void[]> {
    await this.database.run(async (tx) => {
      const ours = new Set(
        await this.outbox.settle(
          tx,
          batch.map(({ row, handed }) => ({ row, next: handed.next })),
        ),
      );
      for (const courier of this.subscriptions.recipientConsumers) {
        const handed = batch
          .filter((carried) => carried.courier === courier && ours.has(carried.row))
          .map((carried) => carried.handed);
        if (handed.length > 0) await this.instance(courier).record(tx, handed);
      }
    });
    return batch.map(() => undefined);
  }

  private instance(courier: Type<RecipientConsumer>): RecipientConsumer {
    return this.moduleRef.get<RecipientConsumer>(courier, { strict: false });
  }
}
