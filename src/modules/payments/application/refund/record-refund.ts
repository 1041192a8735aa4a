import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#kernel/errors.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { RefundReferenceTaken, RefundTransitionRefused } from '../../domain/errors.js';
import type { Refund } from '../../domain/refund.js';
import { Refunds } from '../refunds.js';
import { SettleRefund } from './settle-refund.js';

/** What a person has done at another processor about a refund that was requested of them. */
export class RecordRefund extends Command<Refund> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly succeeded: boolean,
    /** The other processor's id of it. */
    readonly reference: string | null,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Locks: order, payment, refund. Guard: the refund's state, under its lock. Recording the same again changes nothing. */
@CommandHandler(RecordRefund)
export class RecordRefundHandler implements ICommandHandler<RecordRefund> {
  constructor(
    private readonly refunds: Refunds,
    private readonly settle: SettleRefund,
  ) {}

  async execute({ tx, id, succeeded, reference, cause }: RecordRefund): Promise<Refund> {
    const status = succeeded ? 'succeeded' : 'failed';
    const error = succeeded ? null : { code: 'refund_failed', message: 'It could not be refunded at the processor.' };
    const settled = await this.settle.record(tx, id, { reference, status, error }, cause);
    if (settled === 'missing') throw new NotFound('refund', id);
    if (settled === 'reference taken') throw new RefundReferenceTaken(reference!);
    const refund = (await this.refunds.lock(tx, id))!;
    if (settled === 'refused' && refund.status !== status) throw new RefundTransitionRefused(refund.status);
    return refund;
  }
}
