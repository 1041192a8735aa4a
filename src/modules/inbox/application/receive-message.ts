import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventLog, type Cause } from '#ports/events.js';
import { failpoint } from '#kernel/failpoints.js';
import { Transactions } from '#ports/tx.js';
import { Notices, type Notice } from './messages.js';

export class RecordNotice {
  constructor(
    readonly notice: Notice,
    readonly cause: Cause,
  ) {}
}

/** Stores a verified notice with its event, or finds that it is known. Guard: webhook_receipts_event_unique. */
@CommandHandler(RecordNotice)
export class RecordNoticeHandler implements ICommandHandler<RecordNotice, { duplicate: boolean }> {
  constructor(
    private readonly transactions: Transactions,
    private readonly notices: Notices,
    private readonly events: EventLog,
  ) {}

  async execute({ notice, cause }: RecordNotice): Promise<{ duplicate: boolean }> {
    const duplicate = await this.transactions.run(async (tx) => {
      if (!(await this.notices.insert(tx, notice))) return true;
      const { id, provider, eventId, type } = notice;
      await this.events.appendFirst(tx, [
        { type: 'notice.received', subject: { type: 'notice', id }, data: { noticeId: id, provider, eventId, noticeType: type }, cause },
      ]);
      return false;
    });
    failpoint('notice.stored');
    return { duplicate };
  }
}
