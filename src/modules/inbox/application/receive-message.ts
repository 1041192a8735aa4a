import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventLog, type Cause } from '#ports/events.js';
import { failpoint } from '#kernel/failpoints.js';
import { Transactions } from '#ports/tx.js';
import { inboxEvent } from '../events.js';
import { Messages, type InboundMessage } from './messages.js';

export class ReceiveMessage {
  constructor(
    readonly notice: InboundMessage,
    readonly cause: Cause,
  ) {}
}

/** Stores a verified notice with its event, or finds that it is known. Guard: inbox_messages_event_unique. */
@CommandHandler(ReceiveMessage)
export class ReceiveMessageHandler implements ICommandHandler<ReceiveMessage, { duplicate: boolean }> {
  constructor(
    private readonly transactions: Transactions,
    private readonly notices: Messages,
    private readonly events: EventLog,
  ) {}

  async execute({ notice, cause }: ReceiveMessage): Promise<{ duplicate: boolean }> {
    const duplicate = await this.transactions.run(async (tx) => {
      if (!(await this.notices.insert(tx, notice))) return true;
      const { id, source, eventId, type } = notice;
      await this.events.appendFirst(tx, [
        { ...inboxEvent('inbox.received', { type: 'inbox_message', id }, { messageId: id, source, eventId, messageType: type }), cause },
      ]);
      return false;
    });
    failpoint('inbox.stored');
    return { duplicate };
  }
}
