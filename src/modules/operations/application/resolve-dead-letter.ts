import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Queue, type DeadLetter } from '#ports/dead-letters.js';
import type { Tx } from '#ports/tx.js';
import { operationsEvent } from '../events.js';

export class ResolveDeadLetter extends Command<DeadLetter> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly how: 'retry' | 'discard',
    readonly reason: string | null,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** What was given up is tried again from the beginning, or an operator says that nothing is to be done any more. */
@CommandHandler(ResolveDeadLetter)
export class ResolveDeadLetterHandler implements ICommandHandler<ResolveDeadLetter> {
  constructor(
    private readonly queue: Queue,
    private readonly events: EventLog,
  ) {}

  async execute({ tx, id, how, reason, cause }: ResolveDeadLetter): Promise<DeadLetter> {
    const letter = await this.queue.lockDeadLetter(tx, id);
    if (!letter) throw new NotFound('dead letter', id);
    if (how === 'retry') await this.queue.revive(tx, letter);
    else await this.queue.discard(tx, letter);
    const { subscriber, attempts, lastError, event } = letter;
    const data = {
      deadLetterId: id,
      subscriber,
      attempts,
      lastError,
      eventId: event.id,
      eventType: event.type,
      reason,
    };
    const type = how === 'retry' ? 'dead_letter.retried' : 'dead_letter.discarded';
    await this.events.append(tx, [operationsEvent(type, { type: 'dead_letter', id }, data)], cause);
    return letter;
  }
}
