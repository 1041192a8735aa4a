import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { inboxEvent } from '../events.js';
import { Messages, type SettledMessage } from './messages.js';

export class ReplayMessage extends Command<SettledMessage> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Has a stored message applied once more, by the same reaction as at first; what it has done already it does not do again. */
@CommandHandler(ReplayMessage)
export class ReplayMessageHandler implements ICommandHandler<ReplayMessage> {
  constructor(
    private readonly messages: Messages,
    private readonly events: EventLog,
  ) {}

  async execute({ tx, id, cause }: ReplayMessage): Promise<SettledMessage> {
    const message = await this.messages.lock(tx, id);
    if (!message) throw new NotFound('inbox message', id);
    await this.messages.reopen(tx, id);
    const { source, eventId, type } = message;
    const data = { messageId: id, source, eventId, messageType: type };
    await this.events.append(tx, [inboxEvent('inbox.replay_requested', { type: 'inbox_message', id }, data)], cause);
    return { ...message, status: 'received' as const, effect: null, settledAt: null };
  }
}
