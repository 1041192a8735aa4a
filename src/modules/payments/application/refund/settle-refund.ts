import { Injectable } from '@nestjs/common';
import { Ledger } from '#modules/balances/contract.js';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import type { MessageEffect } from '#modules/inbox/contract.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { moneyOf, orderStatusAfterRefund } from '../../domain/order-payments.js';
import { paymentEvent } from '../../domain/payment-events.js';
import type { Payment } from '../../domain/payment.js';
import { contradicted } from '../../domain/provider-state.js';
import { bookForeignRefund, nextRefundStates, settleRefund, type Refund } from '../../domain/refund.js';
import { refundMovement } from '../ledger-movements.js';
import { LockedPayments, type LockedPayment } from '../locked-payments.js';
import type { ListedRefund, ProviderRefund } from '../payment-provider.js';
import { Payments } from '../payments.js';
import { RefundBook } from '../refund-book.js';
import { Refunds } from '../refunds.js';

/** The one way in which the provider's word about a refund changes our books. Locks: order, payment, refund. */
@Injectable()
export class SettleRefund {
  constructor(
    private readonly locked: LockedPayments,
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly book: RefundBook,
    private readonly orders: PayableOrders,
    private readonly ledger: Ledger,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /** What a person has done about a refund that was requested of them. Recording the same again changes nothing. */
  async record(
    tx: Tx,
    refundId: string,
    heard: ProviderRefund,
    cause: Cause,
  ): Promise<'settled' | 'refused' | 'missing' | 'reference taken'> {
    const found = await this.refunds.ownerOf(tx, refundId);
    if (!found) return 'missing';
    const locked = await this.locked.at(tx, { id: found.paymentId, orderId: found.orderId });
    const refund = (await this.refunds.lock(tx, refundId))!;
    if (refund.status !== 'requested') return 'refused';
    const { reference } = heard;
    if (reference !== null && (await this.refunds.findByReference(tx, locked.payment.id, reference)) !== null)
      return 'reference taken';
    await this.write(tx, locked, refund, heard, heard.status as 'succeeded' | 'failed', cause);
    return 'settled';
  }

  /** @param amount what the provider says, in minor units; null when it was not asked */
  async settle(
    tx: Tx,
    refundId: string,
    amount: number | null,
    heard: ProviderRefund,
    cause: Cause,
  ): Promise<MessageEffect> {
    const found = await this.refunds.ownerOf(tx, refundId);
    if (!found) return { kind: 'unmatched', detail: `There is no refund ${refundId}.` };
    const { orderId } = found;
    const locked = await this.locked.at(tx, { id: found.paymentId, orderId });
    const refund = (await this.refunds.lock(tx, refundId))!;
    if (amount !== null && amount !== refund.amount) {
      const detail = `The provider reports a refund of ${amount}; our records show ${refund.amount} ${refund.currency}.`;
      await this.events.append(tx, [contradicted(locked.payment, detail)], cause);
      return { kind: 'needs_review', detail, orderId };
    }
    if (!nextRefundStates[refund.status].includes(heard.status)) {
      await this.noteReference(tx, refund, heard);
      return { kind: 'ignored', detail: `The refund is ${refund.status}; ${heard.status} changes nothing.`, orderId };
    }
    await this.write(tx, locked, refund, heard, heard.status as 'succeeded' | 'failed', cause);
    return { kind: 'applied', detail: `The refund went from ${refund.status} to ${heard.status}.`, orderId };
  }

  /** The provider's id of a refund that it has not settled yet. */
  private async noteReference(tx: Tx, refund: Refund, { reference }: ProviderRefund): Promise<void> {
    if (refund.status !== 'pending' || refund.providerReference !== null || reference === null) return;
    await this.refunds.save(tx, { ...refund, providerReference: reference, updatedAt: this.clock.now() });
  }

  private async write(
    tx: Tx,
    locked: LockedPayment,
    refund: Refund,
    { reference, error }: ProviderRefund,
    status: 'succeeded' | 'failed',
    cause: Cause,
  ): Promise<void> {
    const { payment } = locked;
    const now = this.clock.now();
    const providerReference = reference ?? refund.providerReference;
    await this.refunds.save(tx, { ...refund, status, providerReference, lastError: error, updatedAt: now });
    const hadSucceeded = refund.status === 'succeeded';
    const kind = status === 'succeeded' ? 'refund_paid' : hadSucceeded ? 'refund_returned' : 'refund_failed';
    await this.ledger.book(tx, refundMovement(kind, payment, refund));
    const change = settleRefund(payment, refund, status, now);
    if (change.payment !== payment) await this.payments.save(tx, payment, change.payment);
    await this.events.append(tx, change.events, cause);
    // A pending refund that fails was never on the order.
    await this.noteOnOrder(tx, locked, change.payment, status === 'succeeded' || hadSucceeded, cause);
  }

  /** A refund as the provider lists it: one of ours when it carries our id, otherwise one made past us. */
  settleListed(tx: Tx, provider: string, listed: ListedRefund, cause: Cause): Promise<MessageEffect> {
    if (listed.refundId !== null) return this.settle(tx, listed.refundId, listed.amount, listed, cause);
    return this.settleForeign(tx, provider, listed.paymentReference ?? '', listed.amount, listed, cause);
  }

  /** A refund that was made at the provider, past us. */
  async settleForeign(
    tx: Tx,
    provider: string,
    paymentReference: string,
    amount: number,
    heard: ProviderRefund,
    cause: Cause,
  ): Promise<MessageEffect> {
    const found = await this.payments.findByReference(tx, provider, paymentReference);
    if (!found) return { kind: 'unmatched', detail: `There is no payment ${paymentReference}.` };
    const { orderId } = found;
    const locked = await this.locked.at(tx, found);
    const { payment } = locked;
    const known = await this.refunds.findByReference(tx, payment.id, heard.reference!);
    if (known !== null) return this.settle(tx, known, amount, heard, cause);
    if (heard.status !== 'succeeded')
      return { kind: 'ignored', detail: 'A refund made at the provider that moved no money.', orderId };
    const change = bookForeignRefund(payment, newId(), heard.reference!, amount, this.clock.now());
    if (!change) {
      const detail = `The provider has refunded ${amount}, but only ${payment.amountCaptured - payment.amountRefunded} is left in our records.`;
      await this.events.append(tx, [contradicted(payment, detail)], cause);
      return { kind: 'needs_review', detail, orderId };
    }
    await this.book.enter(tx, payment, change, cause, ['refund_due', 'refund_paid']);
    await this.noteOnOrder(tx, locked, change.payment, true, cause);
    return { kind: 'applied', detail: 'A refund made at the provider was recorded.', orderId };
  }

  /** Where the provider has given back more than our books know, each of its refunds is looked up. */
  async compareTotal(
    tx: Tx,
    provider: string,
    paymentReference: string,
    refunded: number,
    cause: Cause,
  ): Promise<MessageEffect> {
    const found = await this.payments.findByReference(tx, provider, paymentReference);
    if (!found) return { kind: 'unmatched', detail: `There is no payment ${paymentReference}.` };
    const { orderId } = found;
    const { payment } = await this.locked.at(tx, found);
    if (refunded <= payment.amountRefunded)
      return { kind: 'ignored', detail: 'Each refund is settled by its own event.', orderId };
    await this.events.append(tx, [paymentEvent('payment.refunds_unknown', payment)], cause);
    return {
      kind: 'applied',
      detail: 'The provider has refunded more than our records show; its refunds are being looked up.',
      orderId,
    };
  }

  /** @param isMoved whether the order reads otherwise; what is merely asked for counts as refunded, and says nothing else */
  private async noteOnOrder(
    tx: Tx,
    { order, ofOrder }: LockedPayment,
    payment: Payment,
    isMoved: boolean,
    cause: Cause,
  ): Promise<void> {
    if (!order) return;
    const status = isMoved ? orderStatusAfterRefund(order, payment) : null;
    await this.orders.notePayment(tx, order, status, moneyOf(ofOrder, payment), cause);
  }
}
