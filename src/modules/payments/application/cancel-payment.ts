import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { PaymentTransitionRefused } from '../domain/errors.js';
import { cancel, type Payment } from '../domain/payment.js';
import { isLive, isPaidByAnother } from './apply-provider-state.js';
import { assertOurs, PaymentProvider } from './payment-provider.js';
import { Payments } from './payments.js';

export class CancelPayment {
  constructor(
    /** Our id or the provider's. */
    readonly id: string,
    /** Only a payment of this customer's order, or null for anybody's. */
    readonly customerId: string | null,
    readonly receipt: Receipt<Payment>,
    readonly cause: Cause,
  ) {}
}

/**
 * Gives a payment up. The order stays and may be paid anew at once; it says from now on that this payment is canceled,
 * because nothing may rely on an authorization that is being let go. Locks: order, the order's payments.
 */
@CommandHandler(CancelPayment)
export class CancelPaymentHandler implements ICommandHandler<CancelPayment, Answer> {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  async execute({ id, customerId, receipt, cause }: CancelPayment): Promise<Answer> {
    const found = await this.payments.find(id, customerId);
    if (!found) throw new NotFound('payment intent', id);
    return this.receipts.once(receipt, async (tx) => {
      const order = found.orderId === null ? null : await this.orders.lock(tx, found.orderId);
      const siblings = found.orderId === null ? [] : await this.payments.lockOfOrder(tx, found.orderId);
      const payment = siblings.find((sibling) => sibling.id === found.id) ?? (await this.payments.lock(tx, found.id))!;
      assertOurs(payment, this.provider, 'cancel');
      const { payment: canceled, events } = cancel(payment, this.clock.now());
      if (canceled === payment) return payment;
      // A completed order has been promised this money.
      if (order?.status === 'completed' && isLive(payment)) throw new PaymentTransitionRefused('cancel', 'of a completed order');
      await this.payments.save(tx, payment, canceled);
      await this.events.append(tx, events, cause);
      if (order?.status === 'pending' && !isPaidByAnother(payment, siblings)) await this.orders.notePayment(tx, order, 'canceled', cause);
      return canceled;
    });
  }
}
