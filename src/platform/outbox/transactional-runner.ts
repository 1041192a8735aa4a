import { Injectable } from '@nestjs/common';
import type { TransactionalConsumer } from '#ports/consumers.js';
import type { ClaimedRow } from './outbox.sql.js';
import { SingleEventRunner } from './single-event-runner.js';

/** Exactly once: the removal of the row and the effect commit together. */
@Injectable()
export class TransactionalRunner extends SingleEventRunner<TransactionalConsumer> {
  protected override readonly kind = 'transactional';

  protected override async work(consumer: TransactionalConsumer, row: ClaimedRow): Promise<void> {
    await this.commit(consumer, { row, apply: (tx) => consumer.react(tx, row.event) });
  }
}
