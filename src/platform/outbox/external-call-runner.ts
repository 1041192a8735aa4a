import { Injectable } from '@nestjs/common';
import type { ExternalCallConsumer } from '#ports/consumers.js';
import type { ClaimedRow } from './outbox.sql.js';
import { SingleEventRunner } from './single-event-runner.js';

/** At least once: the call is made outside any transaction; its answer is recorded with the removal of the row. */
@Injectable()
export class ExternalCallRunner extends SingleEventRunner<ExternalCallConsumer> {
  protected override readonly kind = 'external-call';

  protected override async work(consumer: ExternalCallConsumer, row: ClaimedRow): Promise<void> {
    const answer = await consumer.call(row.event, row.attempts);
    await this.commit(consumer, { row, apply: (tx) => consumer.record(tx, row.event, answer) });
  }
}
