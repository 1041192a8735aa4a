import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { defineFailpoint } from '#kernel/failpoints.js';
import { batchLimits } from '#ports/batch.js';
import { IdempotentRequests, type Answer, type IdempotentBatch, type IdempotentRequest } from '#ports/idempotency.js';
import { MoneyMoves, type MoneyMove } from '../application/move-money.js';
import { BalanceMetrics } from '../metrics.js';
import { movedAnswer } from './balance.dto.js';

const beforeCommit = defineFailpoint('move-money.before-commit');
const afterCommit = defineFailpoint('move-money.after-commit');

/** Deposits and withdrawals that arrive while a transaction is under way are booked together in the next one. */
@Injectable()
export class MoneyQueue implements OnApplicationShutdown {
  private readonly batch: IdempotentBatch<MoneyMove>;

  constructor(moves: MoneyMoves, requests: IdempotentRequests, metrics: BalanceMetrics) {
    this.batch = requests.batch(moves, movedAnswer, {
      ...batchLimits,
      onBatch: (size) => metrics.batch(size),
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
