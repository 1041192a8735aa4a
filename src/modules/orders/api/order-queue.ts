import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { defineFailpoint } from '#kernel/failpoints.js';
import { batchLimits } from '#ports/batch.js';
import { IdempotentRequests, type Answer, type IdempotentBatch, type IdempotentRequest } from '#ports/idempotency.js';
import { PlaceOrders, type OrderDraft, type Placement } from '../application/place-orders.js';
import { OrderMetrics } from '../metrics.js';
import { placedAnswer } from './order-answer.dto.js';

const beforeCommit = defineFailpoint('place-order.before-commit');
const afterCommit = defineFailpoint('place-order.after-commit');

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
      ...batchLimits,
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
