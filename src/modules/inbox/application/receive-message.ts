import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { MessageEffect } from '../contract.js';
import { inboxEvent } from '../events.js';
import { InboxMetrics } from '../metrics.js';
import { MessageSources } from './message-sources.js';
import { Messages, type InboundMessage } from './messages.js';

/** A verified message, with why it is stored. */
export interface Received {
  readonly message: InboundMessage;
  readonly cause: Cause;
}

/** Stores verified messages. */
export class ReceiveMessages extends Command<{ duplicate: boolean }[]> {
  constructor(
    readonly tx: Tx,
    readonly received: readonly Received[],
  ) {
    super();
  }
}

export function notHandled(type: string): MessageEffect {
  return { kind: 'ignored', detail: `Messages of type ${type} are not handled.` };
}

/** Stores each message with its event, or finds that it is known. Locks nothing that exists. Guard: inbox_messages_event_unique. */
@CommandHandler(ReceiveMessages)
export class ReceiveMessagesHandler implements ICommandHandler<ReceiveMessages> {
  constructor(
    private readonly messages: Messages,
    private readonly sources: MessageSources,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly metrics: InboxMetrics,
  ) {}

  async execute({ tx, received }: ReceiveMessages): Promise<{ duplicate: boolean }[]> {
    const isNew = await this.messages.insert(
      tx,
      received.map(({ message }) => message),
    );
    for (const one of received) if (isNew.has(one.message.id)) await this.begin(tx, one);
    return received.map(({ message: { id } }) => ({ duplicate: !isNew.has(id) }));
  }

  private async begin(tx: Tx, { message: { id, source, eventId, type }, cause }: Received): Promise<void> {
    // It changes nothing, so nothing has to happen later: most messages of a provider are such.
    if (!this.sources.find(source)?.handles(type)) {
      await this.messages.settle(tx, id, notHandled(type), this.clock.now());
      this.metrics.settled(source, 'ignored', 0);
      return;
    }
    const facts = { messageId: id, source, eventId, messageType: type };
    await this.events.appendFirst(tx, [
      { ...inboxEvent('inbox.received', { type: 'inbox_message', id }, facts), cause },
    ]);
  }
}
