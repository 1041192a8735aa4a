import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#kernel/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#kernel/tx.js';
import { PayableOrders, type OrderPaymentStatus, type PayableOrder } from '#orders/contract.js';
import type { NoticeEffect } from '../contract.js';
import { applyVerdict, liveStates, requestRefund, requestVoid, type Payment, type PaymentState, type Verdict } from '../domain/payment.js';
import { Payments } from './payments.js';

/** How a payment's state reads on its order. */
const orderPaymentStatus: Readonly<Record<PaymentState, OrderPaymentStatus>> = {
  requires_payment_method: 'unpaid',
  processing: 'processing',
  requires_capture: 'authorized',
  succeeded: 'paid',
  failed: 'failed',
  canceled: 'canceled',
};

/** Counts verdicts that changed something. */
export abstract class VerdictMetrics {
  abstract settled(status: PaymentState): void;
}

/**
 * The one way in which a provider's word changes our books, whoever brings it. One transaction; locks: order, then the
 * order's payments, ids ascending. Guards: the state table, the version, payments_one_live_per_order, the amounts' CHECK.
 */
@Injectable()
export class ApplyVerdict {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly metrics: VerdictMetrics,
  ) {}

  async apply(tx: Tx, provider: string, verdict: Verdict, cause: Cause): Promise<NoticeEffect> {
    const found = await this.payments.findByReference(tx, provider, verdict.reference);
    if (!found) return { kind: 'unmatched', detail: `There is no payment ${verdict.reference}.` };
    return this.applyTo(tx, found.id, found.orderId, verdict, cause);
  }

  /** As apply, for a payment of ours that the verdict is known to be about. */
  async applyTo(tx: Tx, paymentId: string, orderId: string | null, verdict: Verdict, cause: Cause): Promise<NoticeEffect> {
    const order = orderId === null ? null : await this.orders.lock(tx, orderId);
    const siblings = orderId === null ? [] : await this.payments.lockOfOrder(tx, orderId);
    const payment = siblings.find((sibling) => sibling.id === paymentId) ?? (await this.payments.lock(tx, paymentId))!;
    const outcome = applyVerdict(payment, verdict, this.clock.now());
    if (outcome === 'contradiction') {
      return {
        kind: 'parked',
        detail: `The provider speaks of ${verdict.amountCaptured || verdict.amount} ${verdict.currency}, our books of ${payment.amount} ${payment.currency}.`,
      };
    }
    if (outcome === 'nothing-new') return { kind: 'ignored', detail: `The payment is ${payment.status}; ${verdict.status} is no news.` };

    let { payment: after } = outcome;
    const events = [...outcome.events];
    if (order && after.status === 'succeeded' && isUnwanted(order, after, siblings)) after = { ...after, surplus: true };
    await this.payments.save(tx, payment, after);
    await this.events.append(tx, events, cause);
    this.metrics.settled(after.status);
    if (order) await this.reflectOn(tx, order, after, cause);
    return { kind: 'applied', detail: `The payment went from ${payment.status} to ${after.status}.` };
  }

  private async reflectOn(tx: Tx, order: PayableOrder, payment: Payment, cause: Cause): Promise<void> {
    const isOtherwisePaid = payment.surplus && order.status !== 'canceled';
    if (!isOtherwisePaid) await this.orders.notePayment(tx, order, orderPaymentStatus[payment.status], cause);
    if (payment.surplus) await this.giveBack(tx, payment, order.status === 'canceled' ? 'order canceled' : 'order already paid', cause);
    if (payment.status === 'requires_capture' && order.status === 'canceled') await this.events.append(tx, [requestVoid(payment)], cause);
  }

  /** Everything that was captured and is not on its way back yet. The payment is locked. */
  async giveBack(tx: Tx, payment: Payment, reason: string, cause: Cause): Promise<void> {
    const amount = payment.amountCaptured - payment.amountRefunded;
    if (amount <= 0) return;
    const change = requestRefund(payment, newId(), amount, reason, this.clock.now());
    await this.payments.save(tx, payment, change.payment);
    await this.payments.insertRefund(tx, change.refund);
    await this.events.append(tx, change.events, cause);
  }
}

/** Money for an order that was canceled, or that another payment pays for already. */
function isUnwanted(order: PayableOrder, payment: Payment, siblings: readonly Payment[]): boolean {
  const isPaidByAnother = siblings.some((other) => other.id !== payment.id && !other.surplus && liveStates.includes(other.status));
  return order.status === 'canceled' || isPaidByAnother;
}
