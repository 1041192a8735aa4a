import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Wallets } from '#modules/balances/contract.js';
import { Clock } from '#kernel/clock.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { newId } from '#kernel/ids.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { moneyOf, orderStatusAfterRefund } from '../../domain/order-payments.js';
import { BALANCE } from '../../domain/payment.js';
import { requestRefund, settledAtOnce, type Refund, type RefundChange } from '../../domain/refund.js';
import { LockedPayments, type LockedPayment } from '../locked-payments.js';
import { PaymentProvider } from '../payment-provider.js';
import { RefundBook } from '../refund-book.js';

export class RefundPayment extends Command<Refund> {
  constructor(
    readonly tx: Tx,
    /** Our id or the provider's. */
    readonly id: string,
    /** In minor units; undefined gives back whatever is left. */
    readonly amount: number | undefined,
    readonly reason: string | null,
    readonly cause: Cause,
  ) {
    super();
  }
}

/**
 * Reserves an amount for a refund; the provider is asked by the reaction to the event. Locks: order, the
 * order's payments. The payment's row puts concurrent refunds in line; guard: payments_amounts_in_order.
 */
@CommandHandler(RefundPayment)
export class RefundPaymentHandler implements ICommandHandler<RefundPayment> {
  constructor(
    private readonly locked: LockedPayments,
    private readonly book: RefundBook,
    private readonly orders: PayableOrders,
    private readonly wallets: Wallets,
    private readonly provider: PaymentProvider,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, amount, reason, cause }: RefundPayment): Promise<Refund> {
    const locked = await this.locked.named(tx, id, null, 'payment');
    const { payment, order, ofOrder } = locked;
    // Another processor's money is given back there, by a person, who settles the refund here.
    const by = payment.provider === this.provider.name || payment.provider === BALANCE ? 'provider' : 'person';
    const change = requestRefund(payment, newId(), amount, reason, by, this.clock.now());
    if (payment.provider === BALANCE) return this.giveBackToBalance(tx, locked, change, cause);
    await this.book.enter(tx, payment, change, cause);
    if (order) await this.orders.notePayment(tx, order, null, moneyOf(ofOrder, change.payment), cause);
    return change.refund;
  }

  /** What was paid from a balance goes back to it in this very transaction: no one outside needs to be asked. */
  private async giveBackToBalance(
    tx: Tx,
    { payment, order: ofPayment, ofOrder }: LockedPayment,
    change: RefundChange,
    cause: Cause,
  ): Promise<Refund> {
    const order = ofPayment!;
    const settled = settledAtOnce(change);
    const { payment: after, refund } = settled;
    const money = {
      orderId: order.id,
      customerId: order.customerId!,
      currency: payment.currency,
      amount: refund.amount,
    };
    await this.wallets.refund(tx, refund.id, payment.id, money, cause);
    // Its ledger movement is the wallet's.
    await this.book.enter(tx, payment, settled, cause, []);
    const status = orderStatusAfterRefund(order, after);
    await this.orders.notePayment(tx, order, status, moneyOf(ofOrder, after), cause);
    return refund;
  }
}
