import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
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

/** The name under which payments of processors that we do not call ourselves are kept. */
export const OTHER_PROCESSOR = 'external';

/** What another processor says: an order was paid, or was not. */
export interface ProcessorEvent {
  readonly order: { readonly id: string } | { readonly orderNumber: string };
  readonly succeeded: boolean;
  readonly amount: number;
  readonly currency: string;
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
    return { ...(await this.applyTo(tx, order, said, cause)), orderId: order.id };
  }

  private async applyTo(
    tx: Tx,
    order: PayableOrder,
    { amount, currency, succeeded }: ProcessorEvent,
    cause: Cause,
  ): Promise<MessageEffect> {
    if (amount !== order.total || currency !== order.currency) {
      return {
        kind: 'needs_review',
        detail: `The message speaks of ${amount} ${currency}, the order costs ${order.total} ${order.currency}.`,
      };
    }
    if (order.paymentMethod === 'balance') return { kind: 'needs_review', detail: 'The order is paid from balance.' };
    const siblings = await this.payments.lockOfOrder(tx, order.id);
    const known = siblings.find(({ provider }) => provider === OTHER_PROCESSOR);
    if (!succeeded)
      return known
        ? { kind: 'ignored', detail: `The payment is ${known.status}; failed is no news.` }
        : this.noteFailure(tx, order, siblings, cause);
    const payment = known ?? (await this.insert(tx, order));
    // The money is here: what else was begun for this order is not wanted any more.
    const begun = siblings.filter((sibling) => sibling.id !== payment.id && sibling.status !== 'succeeded');
    if (payment.status !== 'succeeded') await this.slot.close(tx, begun, cause);
    return this.providerStates.applyTo(tx, payment, impliedState(payment, 'succeeded'), cause);
  }

  private async noteFailure(
    tx: Tx,
    order: PayableOrder,
    siblings: readonly Payment[],
    cause: Cause,
  ): Promise<MessageEffect> {
    const payment = await this.insert(tx, order);
    await this.events.append(tx, [paymentEvent('payment.failed', payment)], cause);
    if (order.status === 'pending' && !isPaidByAnother(payment, siblings))
      await this.orders.notePayment(tx, order, 'failed', cause);
    return { kind: 'applied', detail: 'The processor could not take the payment.' };
  }

  private async insert(tx: Tx, { id, total, currency }: PayableOrder): Promise<Payment> {
    const draft = {
      id: newId(),
      orderId: id,
      provider: OTHER_PROCESSOR,
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
