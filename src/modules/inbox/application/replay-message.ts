import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { inboxEvent } from '../events.js';
import { Messages, type SettledMessage } from './messages.js';

export class ReplayMessage {
  constructor(
    readonly id: string,
    readonly receipt: Receipt<SettledMessage>,
    readonly cause: Cause,
  ) {}
}

/** Has a stored notice applied once more, by the same reaction as at first; what it has done already it does not do again. */
@CommandHandler(ReplayMessage)
export class ReplayMessageHandler implements ICommandHandler<ReplayMessage, Answer> {
  constructor(
    private readonly notices: Messages,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
  ) {}

  execute({ id, receipt, cause }: ReplayMessage): Promise<Answer> {
    return this.receipts.once(receipt, async (tx) => {
      const notice = await this.notices.lock(tx, id);
      if (!notice) throw new NotFound('receipt', id);
      await this.notices.reopen(tx, id);
      const { source, eventId, type } = notice;
      const data = { messageId: id, source, eventId, messageType: type };
      await this.events.append(tx, [inboxEvent('inbox.replay_requested', { type: 'inbox_message', id }, data)], cause);
      return { ...notice, status: 'received' as const, effect: null, settledAt: null };
    });
  }
}
