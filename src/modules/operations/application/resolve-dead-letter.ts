import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Queue, type DeadLetter } from '#ports/dead-letters.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { operationsEvent } from '../events.js';

export class ResolveDeadLetter {
  constructor(
    readonly id: string,
    readonly how: 'retry' | 'discard',
    readonly reason: string | null,
    readonly receipt: Receipt<DeadLetter>,
    readonly cause: Cause,
  ) {}
}

/** What was given up is tried again from the beginning, or somebody says that nothing is to be done any more. */
@CommandHandler(ResolveDeadLetter)
export class ResolveDeadLetterHandler implements ICommandHandler<ResolveDeadLetter, Answer> {
  constructor(
    private readonly queue: Queue,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
  ) {}

  execute({ id, how, reason, receipt, cause }: ResolveDeadLetter): Promise<Answer> {
    return this.receipts.once(receipt, async (tx) => {
      const letter = await this.queue.lockDeadLetter(tx, id);
      if (!letter) throw new NotFound('dead letter', id);
      if (how === 'retry') await this.queue.revive(tx, letter);
      else await this.queue.discard(tx, letter);
      const { subscriber, attempts, lastError, event } = letter;
      const data = { deadLetterId: id, subscriber, attempts, lastError, eventId: event.id, eventType: event.type, reason };
      const type = how === 'retry' ? 'dead_letter.retried' : 'dead_letter.discarded';
      await this.events.append(tx, [operationsEvent(type, { type: 'dead_letter', id }, data)], cause);
      return letter;
    });
  }
}
