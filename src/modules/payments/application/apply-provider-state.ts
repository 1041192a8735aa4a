import { Injectable } from '@nestjs/common';
import { Ledger } from '#modules/balances/contract.js';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause, type NewEvent } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { PayableOrders, type OrderPaymentStatus, type PayableOrder } from '#modules/orders/contract.js';
import type { MessageEffect } from '../contract.js';
import {
  applyProviderState,
  attach,
  liveStates,
  noteRisk,
  outcome as outcomeOf,
  requestVoid,
  type Change,
  type Payment,
  type PaymentState,
  type Risk,
  type ProviderPaymentState,
} from '../domain/payment.js';
import { requestRefund } from '../domain/refund.js';
import { received, refundMovement } from './booking.js';
import { Payments } from './payments.js';
import { Refunds } from './refunds.js';

/** How a payment's state reads on its order. */
const orderPaymentStatus: Readonly<Record<PaymentState, OrderPaymentStatus>> = {
  requires_payment_method: 'unpaid',
  processing: 'processing',
  requires_capture: 'authorized',
  succeeded: 'paid',
  failed: 'failed',
  canceled: 'canceled',
};

/** Counts providerStates that changed something. */
export abstract class PaymentMetrics {
  abstract settled(status: PaymentState): void;
}

/**
 * The one way in which a provider's word changes our books, whoever brings it: the answer to a call, a notice, or
 * reconciliation. One transaction; locks: order, then the order's payments, ids ascending. Guards: the state table, the
 * version, payments_provider_reference_unique, payments_one_live_per_order, the amounts' CHECK.
 */
@Injectable()
export class ApplyProviderState {
  constructor(
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly orders: PayableOrders,
    private readonly ledger: Ledger,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly metrics: PaymentMetrics,
  ) {}

  async apply(tx: Tx, provider: string, verdict: ProviderPaymentState, cause: Cause): Promise<MessageEffect> {
    const found = (await this.payments.findByReference(tx, provider, verdict.reference)) ?? (await this.findUnattached(tx, provider, verdict));
    if (!found) return { kind: 'unmatched', detail: `There is no payment ${verdict.reference}.` };
    return { ...(await this.applyTo(tx, found.id, found.orderId, verdict, cause)), orderId: found.orderId };
  }

  /** A payment that the provider has made for us, while its answer is still on the way or was lost. */
  private async findUnattached(tx: Tx, provider: string, { paymentId }: ProviderPaymentState): Promise<{ id: string; orderId: string | null } | null> {
    return paymentId === null ? null : this.payments.findUnattached(tx, provider, paymentId);
  }

  /** As apply, for a payment of ours that the verdict is known to be about. */
  async applyTo(tx: Tx, paymentId: string, orderId: string | null, verdict: ProviderPaymentState, cause: Cause): Promise<MessageEffect> {
    const order = orderId === null ? null : await this.orders.lock(tx, orderId);
    const siblings = orderId === null ? [] : await this.payments.lockOfOrder(tx, orderId);
    const before = siblings.find((sibling) => sibling.id === paymentId) ?? (await this.payments.lock(tx, paymentId))!;
    const now = this.clock.now();
    const attached = noteRisk(attach(before, verdict, now), verdict.risk, now);
    // Created at the provider after it was given up here: nobody shall be able to pay it.
    const isTooLate = attached.providerReference !== before.providerReference && attached.status === 'canceled' && verdict.status !== 'canceled';
    const outcome = applyProviderState(attached, verdict, now);
    if (outcome === 'contradiction' || outcome === 'nothing-new') {
      if (attached !== before) await this.payments.save(tx, before, attached);
      if (isTooLate) await this.events.append(tx, [requestVoid(attached)], cause);
      if (outcome === 'nothing-new') return { kind: 'ignored', detail: `The payment is ${attached.status}; ${verdict.status} is no news.` };
      return {
        kind: 'needs_review',
        detail: `The provider speaks of ${verdict.amountCaptured || verdict.amount} ${verdict.currency}, our books of ${attached.captureRequested ?? attached.amount} ${attached.currency}.`,
      };
    }
    return this.write(tx, order, siblings, before, outcome, cause);
  }

  /** The provider's view of the risk, which changes nothing else. */
  async noteRisk(tx: Tx, provider: string, reference: string, risk: Risk): Promise<MessageEffect> {
    const found = await this.payments.findByReference(tx, provider, reference);
    if (!found) return { kind: 'unmatched', detail: `There is no payment ${reference}.` };
    if (found.orderId !== null) await this.orders.lock(tx, found.orderId);
    const payment = (await this.payments.lock(tx, found.id))!;
    const noted = noteRisk(payment, risk, this.clock.now());
    const { orderId } = payment;
    if (noted === payment) return { kind: 'ignored', detail: 'The risk was known.', orderId };
    await this.payments.save(tx, payment, noted);
    return { kind: 'applied', detail: 'The provider’s view of the risk was kept.', orderId };
  }

  private async write(tx: Tx, order: PayableOrder | null, siblings: readonly Payment[], before: Payment, change: Change, cause: Cause): Promise<MessageEffect> {
    let after = change.payment;
    if (order && after.status === 'succeeded' && isUnwanted(order, after, siblings)) after = { ...after, superseded: true };
    const events: NewEvent[] = [...change.events];
    if (after.status !== before.status) {
      const told = outcomeOf(after);
      if (told) events.push(told);
      this.metrics.settled(after.status);
    }
    if (after !== before) await this.payments.save(tx, before, after);
    // Whoever completed a manual order has said that its money is here, and it was booked then.
    const isBooked = order?.paymentMethod === 'manual' && order.status === 'completed';
    if (after.status === 'succeeded' && before.status !== 'succeeded' && !isBooked) await this.ledger.book(tx, received(after));
    await this.events.append(tx, events, cause);
    if (order) await this.reflectOn(tx, order, after, siblings, cause);
    if (after.superseded)
      await this.giveBack(
        tx,
        after,
        order?.status === 'canceled' ? 'order canceled' : order && isPaidByAnother(after, siblings) ? 'order already paid' : 'payment canceled',
        cause,
      );
    return { kind: 'applied', detail: `The payment went from ${before.status} to ${after.status}.` };
  }

  /** What an order says is how the payment stands that is to pay it, or the last that was. */
  private async reflectOn(tx: Tx, order: PayableOrder, payment: Payment, siblings: readonly Payment[], cause: Cause): Promise<void> {
    const isUnwantedByPending = payment.superseded && order.status !== 'canceled';
    if (isUnwantedByPending && payment.status !== 'canceled') return;
    if (!isMoney(payment) && isPaidByAnother(payment, siblings)) return;
    await this.orders.notePayment(tx, order, orderPaymentStatus[payment.status], cause);
  }

  /** Everything that was captured and is not on its way back yet. The payment is locked. */
  async giveBack(tx: Tx, payment: Payment, reason: string, cause: Cause): Promise<void> {
    if (payment.amountCaptured - payment.amountRefunded <= 0) return;
    const change = requestRefund(payment, newId(), undefined, reason, this.clock.now());
    await this.payments.save(tx, payment, change.payment);
    await this.refunds.insert(tx, change.refund);
    await this.ledger.book(tx, refundMovement('refund_due', payment, change.refund));
    await this.events.append(tx, change.events, cause);
  }
}

function isMoney({ status }: Payment): boolean {
  return status === 'succeeded' || status === 'requires_capture';
}

export function isLive({ status, superseded }: Payment): boolean {
  return !superseded && liveStates.includes(status);
}

/** Money that was given up, or for an order that was canceled, or that another payment pays for already. */
function isUnwanted(order: PayableOrder, payment: Payment, siblings: readonly Payment[]): boolean {
  return payment.superseded || order.status === 'canceled' || isPaidByAnother(payment, siblings);
}

export function isPaidByAnother(payment: Payment, siblings: readonly Payment[]): boolean {
  return siblings.some((other) => other.id !== payment.id && isLive(other));
}
