import { Injectable } from '@nestjs/common';
import { Ledger } from '#modules/balances/contract.js';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { PayableOrders, type OrderPaymentStatus, type PayableOrder } from '#modules/orders/contract.js';
import type { MessageEffect } from '../contract.js';
import { contradicted, event, type Payment } from '../domain/payment.js';
import { bookForeignRefund, nextRefundStates, settleRefund } from '../domain/refund.js';
import type { ListedRefund, ProviderRefund } from './payment-provider.js';
import { refundMovement } from './booking.js';
import { Payments } from './payments.js';
import { Refunds } from './refunds.js';

/** The one way in which the provider's word about a refund changes our books. Locks: order, payment, refund. */
@Injectable()
export class SettleRefund {
  constructor(
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly orders: PayableOrders,
    private readonly ledger: Ledger,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /** @param amount what the provider says, in minor units; null when it was not asked */
  async settle(tx: Tx, refundId: string, amount: number | null, heard: ProviderRefund, cause: Cause): Promise<MessageEffect> {
    const found = await this.refunds.ownerOf(tx, refundId);
    if (!found) return { kind: 'unmatched', detail: `There is no refund ${refundId}.` };
    const { orderId } = found;
    const order = orderId === null ? null : await this.orders.lock(tx, orderId);
    const payment = (await this.payments.lock(tx, found.paymentId))!;
    const refund = (await this.refunds.lock(tx, refundId))!;
    if (amount !== null && amount !== refund.amount) {
      const detail = `The provider speaks of a refund of ${amount}, our books of ${refund.amount} ${refund.currency}.`;
      await this.events.append(tx, [contradicted(payment, detail)], cause);
      return { kind: 'needs_review', detail, orderId };
    }
    const now = this.clock.now();
    if (!nextRefundStates[refund.status].includes(heard.status)) {
      if (refund.status === 'pending' && refund.providerReference === null && heard.reference !== null) {
        await this.refunds.save(tx, { ...refund, providerReference: heard.reference, updatedAt: now });
      }
      return { kind: 'ignored', detail: `The refund is ${refund.status}; ${heard.status} is no news.`, orderId };
    }
    await this.refunds.save(tx, {
      ...refund,
      status: heard.status,
      providerReference: heard.reference ?? refund.providerReference,
      lastError: heard.error,
      updatedAt: now,
    });
    const kind = heard.status === 'succeeded' ? 'refund_paid' : refund.status === 'succeeded' ? 'refund_returned' : 'refund_failed';
    await this.ledger.book(tx, refundMovement(kind, payment, refund));
    const change = settleRefund(payment, refund, heard.status as 'succeeded' | 'failed', now);
    if (change.payment !== payment) await this.payments.save(tx, payment, change.payment);
    await this.events.append(tx, change.events, cause);
    // A pending refund that fails was never on the order.
    const concernsOrder = heard.status === 'succeeded' || refund.status === 'succeeded';
    if (order && concernsOrder) await this.reflectOn(tx, order, change.payment, cause);
    return { kind: 'applied', detail: `The refund went from ${refund.status} to ${heard.status}.`, orderId };
  }

  /** A refund as the provider lists it: one of ours when it carries our id, otherwise one made past us. */
  settleListed(tx: Tx, provider: string, listed: ListedRefund, cause: Cause): Promise<MessageEffect> {
    if (listed.refundId !== null) return this.settle(tx, listed.refundId, listed.amount, listed, cause);
    return this.settleForeign(tx, provider, listed.paymentReference ?? '', listed.amount, listed, cause);
  }

  /** A refund that was made at the provider, past us. */
  async settleForeign(tx: Tx, provider: string, paymentReference: string, amount: number, heard: ProviderRefund, cause: Cause): Promise<MessageEffect> {
    const found = await this.payments.findByReference(tx, provider, paymentReference);
    if (!found) return { kind: 'unmatched', detail: `There is no payment ${paymentReference}.` };
    const { orderId } = found;
    const order = orderId === null ? null : await this.orders.lock(tx, orderId);
    const payment = (await this.payments.lock(tx, found.id))!;
    const known = await this.refunds.findByReference(tx, heard.reference!);
    if (known !== null) return this.settle(tx, known, amount, heard, cause);
    if (heard.status !== 'succeeded') return { kind: 'ignored', detail: 'A refund of the provider’s own that has moved no money.', orderId };
    const change = bookForeignRefund(payment, newId(), heard.reference!, amount, this.clock.now());
    if (!change) {
      const detail = `The provider has refunded ${amount}, but only ${payment.amountCaptured - payment.amountRefunded} is left by our books.`;
      await this.events.append(tx, [contradicted(payment, detail)], cause);
      return { kind: 'needs_review', detail, orderId };
    }
    await this.payments.save(tx, payment, change.payment);
    await this.refunds.insert(tx, change.refund);
    await this.ledger.book(tx, refundMovement('refund_due', payment, change.refund));
    await this.ledger.book(tx, refundMovement('refund_paid', payment, change.refund));
    await this.events.append(tx, change.events, cause);
    if (order) await this.reflectOn(tx, order, change.payment, cause);
    return { kind: 'applied', detail: 'A refund made at the provider was booked.', orderId };
  }

  /** Where the provider has given back more than our books know, each of its refunds is looked up. */
  async compareTotal(tx: Tx, provider: string, paymentReference: string, refunded: number, cause: Cause): Promise<MessageEffect> {
    const found = await this.payments.findByReference(tx, provider, paymentReference);
    if (!found) return { kind: 'unmatched', detail: `There is no payment ${paymentReference}.` };
    const { orderId } = found;
    if (orderId !== null) await this.orders.lock(tx, orderId);
    const payment = (await this.payments.lock(tx, found.id))!;
    if (refunded <= payment.amountRefunded) return { kind: 'ignored', detail: 'Each refund is settled by its own notice.', orderId };
    await this.events.append(tx, [event('payment.refunds_unknown', payment)], cause);
    return { kind: 'applied', detail: 'The provider has refunded more than our books know; its refunds are looked up.', orderId };
  }

  private async reflectOn(tx: Tx, order: PayableOrder, payment: Payment, cause: Cause): Promise<void> {
    if (payment.superseded && order.status !== 'canceled') return; // the order is paid by another
    await this.orders.notePayment(tx, order, orderStatusOf(payment), cause);
  }
}

function orderStatusOf({ amountRefunded, amountCaptured }: Payment): OrderPaymentStatus {
  if (amountRefunded === 0) return 'paid';
  return amountRefunded < amountCaptured ? 'partially_refunded' : 'refunded';
}
