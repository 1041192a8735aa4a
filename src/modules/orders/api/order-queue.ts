import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { defineFailpoint } from '#kernel/failpoints.js';
import { IdempotentRequests, type Answer, type IdempotentBatch, type IdempotentRequest } from '#ports/idempotency.js';
import { PlaceOrders, type OrderDraft, type Placement } from '../application/place-orders.js';
import { OrderMetrics } from '../metrics.js';
import { placedAnswer } from './order.dto.js';

const beforeCommit = defineFailpoint('place-order.before-commit');
const afterCommit = defineFailpoint('place-order.after-commit');

/** Largest batch: beyond it a transaction holds its locks for longer than the saved commits are worth. */
const MAX_BATCH = 64;
const LANES = 2;
const SPARE_LANE_AFTER_MS = 50;
/** About half a second of work; a later request is told to come back rather than kept waiting. */
const MAX_WAITING = 1024;
/** Members of a batch that could not get a lock are tried one by one; only those that want that very row may wait again, and briefly. */
const LOCK_TIMEOUT_AFTER_ABORT_MS = 250;

/** Orders that arrive while a transaction is under way are placed together in the next one. */
@Injectable()
export class OrderQueue implements OnApplicationShutdown {
  private readonly batch: IdempotentBatch<Placement>;

  constructor(
    private readonly placing: PlaceOrders,
    requests: IdempotentRequests,
    metrics: OrderMetrics,
  ) {
    this.batch = requests.batch(placing, placedAnswer, {
      maxBatch: MAX_BATCH,
      lanes: LANES,
      spareLaneAfterMs: SPARE_LANE_AFTER_MS,
      maxWaiting: MAX_WAITING,
      lockTimeoutAfterAbortMs: LOCK_TIMEOUT_AFTER_ABORT_MS,
      onBatch: (size) => metrics.batch(size),
      onAbort: () => metrics.aborted(),
      onOutcome: (outcome) => metrics.outcome(outcome),
      beforeCommit,
      afterCommit,
    });
    metrics.waiting(() => this.batch.waitingCount);
  }

  place(request: IdempotentRequest, draft: OrderDraft): Promise<Answer> {
    return this.batch.submit(request, this.placing.placementOf(draft, request.cause));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.batch.stop();
  }
}
