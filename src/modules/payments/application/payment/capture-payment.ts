import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { OrderNotPayable } from '../../domain/errors.js';
import { capture } from '../../domain/payment-transitions.js';
import type { Payment } from '../../domain/payment.js';
import { LockedPayments } from '../locked-payments.js';
import { Payments } from '../payments.js';

export class CapturePayment extends Command<Payment> {
  constructor(
    readonly tx: Tx,
    /** Our id or the provider's. */
    readonly id: string,
    /** In minor units; undefined takes everything that is authorized. */
    readonly amount: number | undefined,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Notes that authorized money is to be taken; the provider is asked by the reaction to the event. Locks: order, payment. */
@CommandHandler(CapturePayment)
export class CapturePaymentHandler implements ICommandHandler<CapturePayment> {
  constructor(
    private readonly locked: LockedPayments,
    private readonly payments: Payments,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, amount, cause }: CapturePayment): Promise<Payment> {
    const { payment, order } = await this.locked.named(tx, id, null, 'payment intent');
    const { payment: capturing, events } = capture(payment, amount, this.clock.now());
    if (order?.status === 'canceled') throw new OrderNotPayable(order.status, order.paymentMethod);
    await this.payments.save(tx, payment, capturing);
    await this.events.append(tx, events, cause);
    return capturing;
  }
}
