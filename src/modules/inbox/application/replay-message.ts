import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { Notices, type SettledNotice } from './messages.js';

export class ReplayNotice {
  constructor(
    readonly id: string,
    readonly receipt: Receipt<SettledNotice>,
    readonly cause: Cause,
  ) {}
}

/** Has a stored notice applied once more, by the same reaction as at first; what it has done already it does not do again. */
@CommandHandler(ReplayNotice)
export class ReplayNoticeHandler implements ICommandHandler<ReplayNotice, Answer> {
  constructor(
    private readonly notices: Notices,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
  ) {}

  execute({ id, receipt, cause }: ReplayNotice): Promise<Answer> {
    return this.receipts.once(receipt, async (tx) => {
      const notice = await this.notices.lock(tx, id);
      if (!notice) throw new NotFound('receipt', id);
      await this.notices.reopen(tx, id);
      const { provider, eventId, type } = notice;
      const data = { noticeId: id, provider, eventId, noticeType: type };
      await this.events.append(tx, [{ type: 'notice.replay_requested', subject: { type: 'notice', id }, data }], cause);
      return { ...notice, status: 'received' as const, effect: null, settledAt: null };
    });
  }
}
