import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { inboxEvent } from '../events.js';
import { Messages, type InboundMessage } from './messages.js';

export class ReceiveMessage extends Command<{ duplicate: boolean }> {
  constructor(
    readonly tx: Tx,
    readonly message: InboundMessage,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Stores a verified message with its event, or finds that it is known. Guard: inbox_messages_event_unique. */
@CommandHandler(ReceiveMessage)
export class ReceiveMessageHandler implements ICommandHandler<ReceiveMessage> {
  constructor(
    private readonly messages: Messages,
    private readonly events: EventLog,
  ) {}

  async execute({ tx, message, cause }: ReceiveMessage): Promise<{ duplicate: boolean }> {
    if (!(await this.messages.insert(tx, message))) return { duplicate: true };
    const { id, source, eventId, type } = message;
    const facts = { messageId: id, source, eventId, messageType: type };
    await this.events.appendFirst(tx, [
      { ...inboxEvent('inbox.received', { type: 'inbox_message', id }, facts), cause },
    ]);
    return { duplicate: false };
  }
}
