import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { PayableOrders } from '#modules/orders/contract.js';
import type { Tx } from '#ports/tx.js';
import { PaymentTransitionRefused } from '../../domain/errors.js';
import { isLive, isPaidByAnother } from '../../domain/order-payments.js';
import { cancel } from '../../domain/payment-transitions.js';
import type { Payment } from '../../domain/payment.js';
import { LockedPayments } from '../locked-payments.js';
import { assertOurs, PaymentProvider } from '../payment-provider.js';
import { Payments } from '../payments.js';

export class CancelPayment extends Command<Payment> {
  constructor(
    readonly tx: Tx,
    /** Our id or the provider's. */
    readonly id: string,
    /** Only a payment of this customer's order, or null for anyone's. */
    readonly customerId: string | null,
    readonly cause: Cause,
  ) {
    super();
  }
}

/**
 * Gives a payment up. The order stays and may be paid anew at once; it says from now on that this payment is canceled,
 * because nothing may rely on an authorization that is being let go. Locks: order, the order's payments.
 */
@CommandHandler(CancelPayment)
export class CancelPaymentHandler implements ICommandHandler<CancelPayment> {
  constructor(
    private readonly locked: LockedPayments,
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, customerId, cause }: CancelPayment): Promise<Payment> {
    const { payment, order, ofOrder } = await this.locked.named(tx, id, customerId, 'payment intent');
    assertOurs(payment, this.provider, 'cancel');
    const { payment: canceled, events } = cancel(payment, this.clock.now());
    if (canceled === payment) return payment;
    // A completed order has been promised this money.
    if (order?.status === 'completed' && isLive(payment))
      throw new PaymentTransitionRefused('cancel', 'of a completed order');
    await this.payments.save(tx, payment, canceled);
    await this.events.append(tx, events, cause);
    if (order?.status === 'pending' && !isPaidByAnother(payment, ofOrder))
      await this.orders.notePayment(tx, order, 'canceled', null, cause);
    return canceled;
  }
}
