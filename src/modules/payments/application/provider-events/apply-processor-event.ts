import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import { moneyText } from '#kernel/money.js';
import type { Tx } from '#ports/tx.js';
import { PayableOrders, type PayableOrder } from '#modules/orders/contract.js';
import type { MessageEffect } from '#modules/inbox/contract.js';
import { newForeignPayment } from '../../domain/new-payment.js';
import { isPaidByAnother } from '../../domain/order-payments.js';
import { paymentEvent } from '../../domain/payment-events.js';
import type { Payment } from '../../domain/payment.js';
import { impliedState } from '../../domain/provider-state.js';
import { ApplyProviderState } from '../payment/apply-provider-state.js';
import { PaymentSlot } from '../payment/payment-slot.js';
import { Payments } from '../payments.js';
import { SettleRefund } from '../refund/settle-refund.js';
import { Refunds } from '../refunds.js';

/** The name under which payments of the processor `default` are kept. */
export const OTHER_PROCESSOR = 'external';

/** What another processor says: an order was paid, was not, or its money went back. */
export interface ProcessorEvent {
  /** The name under which its payments are kept. */
  readonly processor: string;
  readonly kind: 'succeeded' | 'failed' | 'refunded';
  readonly order: { readonly id: string } | { readonly orderNumber: string };
  readonly amount: number;
  readonly currency: string;
  /** Its own id of what happened. */
  readonly reference: string;
}

/**
 * Takes in what another processor says about an order. It names no payment, so an order has one payment of such a
 * processor, under its own id; its events may come twice and in any order. Locks: order, the order's payments.
 */
@Injectable()
export class ApplyProcessorEvent {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly providerStates: ApplyProviderState,
    private readonly refunds: Refunds,
    private readonly settle: SettleRefund,
    private readonly slot: PaymentSlot,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async apply(tx: Tx, said: ProcessorEvent, cause: Cause): Promise<MessageEffect> {
    const order = await ('id' in said.order
      ? this.orders.lock(tx, said.order.id)
      : this.orders.lockByNumber(tx, said.order.orderNumber));
    if (!order)
      return {
        kind: 'unmatched',
        detail: `There is no order ${'id' in said.order ? said.order.id : said.order.orderNumber}.`,
      };
    const effect =
      said.kind === 'refunded' ? this.applyRefund(tx, order, said, cause) : this.applyTo(tx, order, said, cause);
    return { ...(await effect), orderId: order.id };
  }

  private async applyTo(tx: Tx, order: PayableOrder, said: ProcessorEvent, cause: Cause): Promise<MessageEffect> {
    const { amount, currency, kind, processor } = said;
    if (amount !== order.total || currency !== order.currency) {
      const costs = moneyText({ amount: order.total, currency: order.currency });
      return { kind: 'needs_review', detail: `The message is about ${moneyText(said)}; the order costs ${costs}.` };
    }
    if (order.paymentMethod === 'balance') return { kind: 'needs_review', detail: 'The order is paid from balance.' };
    const siblings = await this.payments.lockOfOrder(tx, order.id);
    const known = siblings.find(({ provider }) => provider === processor);
    if (kind === 'failed')
      return known
        ? { kind: 'ignored', detail: `The payment is ${known.status}; failed changes nothing.` }
        : this.noteFailure(tx, order, siblings, processor, cause);
    // Completing a manual order by hand has said that its money is here, and has booked it: never twice.
    if (!known && order.paymentMethod === 'manual' && order.status === 'completed') {
      const detail = 'The order was completed manually, which already recorded its payment. Was it paid twice?';
      return { kind: 'needs_review', detail };
    }
    const payment = known ?? (await this.insert(tx, order, processor));
    // The money is here: what else was begun for this order is not wanted any more.
    const begun = siblings.filter((sibling) => sibling.id !== payment.id && sibling.status !== 'succeeded');
    if (payment.status !== 'succeeded') await this.slot.close(tx, begun, cause);
    return this.providerStates.applyTo(tx, payment, impliedState(payment, 'succeeded'), cause);
  }

  /** Money that went back there: a refund that was requested of a person is settled by it, any other is booked as it is. */
  private async applyRefund(tx: Tx, order: PayableOrder, said: ProcessorEvent, cause: Cause): Promise<MessageEffect> {
    const { amount, currency, processor, reference } = said;
    const payment = (await this.payments.lockOfOrder(tx, order.id)).find(({ provider }) => provider === processor);
    if (payment?.status !== 'succeeded')
      return { kind: 'unmatched', detail: `The order has no money of the processor ${processor} (yet).` };
    if (currency !== payment.currency)
      return {
        kind: 'needs_review',
        detail: `The message is about ${moneyText(said)}; the payment is in ${payment.currency}.`,
      };
    const requested = await this.refunds.findRequested(tx, payment.id, amount);
    const heard = { reference, status: 'succeeded', error: null } as const;
    const isKnown = (await this.refunds.findByReference(tx, payment.id, reference)) !== null;
    if (requested === null || isKnown)
      return this.settle.settleForeign(tx, processor, payment.providerReference!, amount, heard, cause);
    await this.settle.record(tx, requested, heard, cause);
    return { kind: 'applied', detail: 'The refund that was requested has been made.' };
  }

  private async noteFailure(
    tx: Tx,
    order: PayableOrder,
    siblings: readonly Payment[],
    processor: string,
    cause: Cause,
  ): Promise<MessageEffect> {
    const payment = await this.insert(tx, order, processor);
    await this.events.append(tx, [paymentEvent('payment.failed', payment)], cause);
    if (order.status === 'pending' && !isPaidByAnother(payment, siblings))
      await this.orders.notePayment(tx, order, 'failed', null, cause);
    return { kind: 'applied', detail: 'The processor could not take the payment.' };
  }

  private async insert(tx: Tx, { id, total, currency }: PayableOrder, provider: string): Promise<Payment> {
    const draft = {
      id: newId(),
      orderId: id,
      provider,
      amount: total,
      currency,
      captureMethod: 'automatic' as const,
      methodTypes: [],
    };
    const payment = newForeignPayment(draft, id, this.clock.now());
    await this.payments.insert(tx, payment, null);
    return payment;
  }
}
