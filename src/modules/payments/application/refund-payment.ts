import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Ledger, Wallets } from '#modules/balances/contract.js';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { newId } from '#kernel/ids.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { PayableOrders, type PayableOrder } from '#modules/orders/contract.js';
import { ProviderRefused } from '../domain/errors.js';
import type { Payment } from '../domain/payment.js';
import { settledAtOnce, requestRefund, type Refund, type RefundChange } from '../domain/refund.js';
import { PaymentProvider } from './payment-provider.js';
import { refundMovement } from './booking.js';
import { BALANCE } from './follow-orders.js';
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
    private readonly ledger: Ledger,
    private readonly wallets: Wallets,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  async execute({ id, amount, reason, receipt, cause }: RefundPayment): Promise<Answer> {
    const found = await this.payments.find(id, null);
    if (!found) throw new NotFound('payment', id);
    return this.receipts.once(receipt, async (tx) => {
      const order = found.orderId === null ? null : await this.orders.lock(tx, found.orderId);
      const payment = (await this.payments.lock(tx, found.id))!;
      const change = requestRefund(payment, newId(), amount, reason, this.clock.now());
      if (payment.provider === BALANCE) return this.giveBackToBalance(tx, order!, payment, change, cause);
      if (payment.provider !== this.provider.name) {
        throw new ProviderRefused({ code: 'other_processor', message: 'Another processor took this payment; give it back there.' });
      }
      await this.payments.save(tx, payment, change.payment);
      await this.refunds.insert(tx, change.refund);
      await this.ledger.book(tx, refundMovement('refund_due', payment, change.refund));
      await this.events.append(tx, change.events, cause);
      return change.refund;
    });
  }

  /** What was paid from a balance goes back to it in this very transaction: nobody outside needs to be asked. */
  private async giveBackToBalance(tx: Tx, order: PayableOrder, payment: Payment, change: RefundChange, cause: Cause): Promise<Refund> {
    const { payment: after, refund, events } = settledAtOnce(change);
    await this.payments.save(tx, payment, after);
    await this.refunds.insert(tx, refund);
    const money = { orderId: order.id, customerId: order.customerId!, currency: payment.currency, amount: refund.amount };
    await this.wallets.refund(tx, refund.id, payment.id, money, cause);
    await this.events.append(tx, events, cause);
    await this.orders.notePayment(tx, order, after.amountRefunded < after.amountCaptured ? 'partially_refunded' : 'refunded', cause);
    return refund;
  }
}
