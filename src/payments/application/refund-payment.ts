import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#kernel/events.js';
import { newId } from '#kernel/ids.js';
import { Receipts, type Answer, type Receipt } from '#kernel/receipts.js';
import { PayableOrders } from '#orders/contract.js';
import { ProviderRefused } from '../domain/errors.js';
import { requestRefund, type Refund } from '../domain/refund.js';
import { PaymentProvider } from './payment-provider.js';
import { Payments } from './payments.js';
import { Refunds } from './refunds.js';

export class RefundPayment {
  constructor(
    /** Our id or the provider's. */
    readonly id: string,
    /** In minor units; undefined gives back whatever is left. */
    readonly amount: number | undefined,
    readonly reason: string | null,
    readonly receipt: Receipt<Refund>,
    readonly cause: Cause,
  ) {}
}

/**
 * Reserves an amount for a refund; the provider is asked by the reaction to the event. One transaction: receipt, order,
 * payment. The payment's row puts concurrent refunds in line; guard: payments_amounts_in_order.
 */
@CommandHandler(RefundPayment)
export class RefundPaymentHandler implements ICommandHandler<RefundPayment, Answer> {
  constructor(
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly orders: PayableOrders,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  async execute({ id, amount, reason, receipt, cause }: RefundPayment): Promise<Answer> {
    const found = await this.payments.find(id, null);
    if (!found) throw new NotFound('payment', id);
    return this.receipts.once(receipt, async (tx) => {
      if (found.orderId !== null) await this.orders.lock(tx, found.orderId);
      const payment = (await this.payments.lock(tx, found.id))!;
      const change = requestRefund(payment, newId(), amount, reason, this.clock.now());
      if (payment.provider !== this.provider.name) {
        throw new ProviderRefused({ code: 'other_processor', message: 'Another processor took this payment; give it back there.' });
      }
      await this.payments.save(tx, payment, change.payment);
      await this.refunds.insert(tx, change.refund);
      await this.events.append(tx, change.events, cause);
      return change.refund;
    });
  }
}
