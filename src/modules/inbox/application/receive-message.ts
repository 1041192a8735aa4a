import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { MessageEffect } from '../contract.js';
import { inboxEvent } from '../events.js';
import { InboxMetrics } from '../metrics.js';
import { MessageSources } from './message-sources.js';
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

export function notHandled(type: string): MessageEffect {
  return { kind: 'ignored', detail: `Messages of type ${type} are not handled.` };
}

/** Stores a verified message with its event, or finds that it is known. Guard: inbox_messages_event_unique. */
@CommandHandler(ReceiveMessage)
export class ReceiveMessageHandler implements ICommandHandler<ReceiveMessage> {
  constructor(
    private readonly messages: Messages,
    private readonly sources: MessageSources,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly metrics: InboxMetrics,
  ) {}

  async execute({ tx, message, cause }: ReceiveMessage): Promise<{ duplicate: boolean }> {
    if (!(await this.messages.insert(tx, message))) return { duplicate: true };
    const { id, source, eventId, type } = message;
    // It changes nothing, so nothing has to happen later: most messages of a provider are such.
    if (!this.sources.find(source)?.handles(type)) {
      await this.messages.settle(tx, id, notHandled(type), this.clock.now());
      this.metrics.settled(source, 'ignored', 0);
      return { duplicate: false };
    }
    const facts = { messageId: id, source, eventId, messageType: type };
    await this.events.appendFirst(tx, [
      { ...inboxEvent('inbox.received', { type: 'inbox_message', id }, facts), cause },
    ]);
    return { duplicate: false };
  }
}
