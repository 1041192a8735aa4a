import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { defineFailpoint } from '#kernel/failpoints.js';
import { IdempotentRequests, type Answer, type IdempotentBatch, type IdempotentRequest } from '#ports/idempotency.js';
import { MoneyMoves, type MoneyMove } from '../application/move-money.js';
import { BalanceMetrics } from '../metrics.js';
import { movedAnswer } from './balance.dto.js';

const beforeCommit = defineFailpoint('move-money.before-commit');
const afterCommit = defineFailpoint('move-money.after-commit');

const MAX_BATCH = 64;
const LANES = 2;
const SPARE_LANE_AFTER_MS = 50;
const MAX_WAITING = 1024;
const LOCK_TIMEOUT_AFTER_ABORT_MS = 250;

/** Deposits and withdrawals that arrive while a transaction is under way are booked together in the next one. */
@Injectable()
export class MoneyQueue implements OnApplicationShutdown {
  private readonly batch: IdempotentBatch<MoneyMove>;

  constructor(moves: MoneyMoves, requests: IdempotentRequests, metrics: BalanceMetrics) {
    this.batch = requests.batch(moves, movedAnswer, {
      maxBatch: MAX_BATCH,
      lanes: LANES,
      spareLaneAfterMs: SPARE_LANE_AFTER_MS,
      maxWaiting: MAX_WAITING,
      lockTimeoutAfterAbortMs: LOCK_TIMEOUT_AFTER_ABORT_MS,
      onBatch: (size) => metrics.batch(size),
      onAbort: () => undefined,
      onOutcome: () => undefined,
      beforeCommit,
      afterCommit,
    });
  }

  move(request: IdempotentRequest, move: MoneyMove): Promise<Answer> {
    return this.batch.submit(request, move);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.batch.stop();
  }
}
