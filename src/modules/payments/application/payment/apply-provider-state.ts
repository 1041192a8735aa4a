import { Injectable } from '@nestjs/common';
import { Ledger } from '#modules/balances/contract.js';
import type { MessageEffect } from '#modules/inbox/contract.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause, type NewEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { moneyOf, orderStatusAfter, supersededBecause } from '../../domain/order-payments.js';
import type { Change } from '../../domain/payment-events.js';
import { requestVoid } from '../../domain/payment-transitions.js';
import type { Payment, Risk } from '../../domain/payment.js';
import {
  applyProviderState,
  attach,
  noteRisk,
  outcome as outcomeOf,
  type ProviderPaymentState,
} from '../../domain/provider-state.js';
import { PaymentMetrics } from '../../metrics.js';
import { received } from '../ledger-movements.js';
import { LockedPayments, type LockedPayment } from '../locked-payments.js';
import { DeclineLimit } from './decline-limit.js';
import { Payments, type HeardPayment, type PaymentLocation } from '../payments.js';
import { RefundBook } from '../refund-book.js';

/**
 * The one way in which a provider's word changes our books, whatever brings it: the answer to a call, an inbound message,
 * or reconciliation. One transaction; locks: order, then the order's payments, ids ascending. Guards: the state table, the
 * version, payments_provider_reference_unique, payments_one_live_per_order, the amounts' CHECK.
 */
@Injectable()
export class ApplyProviderState {
  constructor(
    private readonly locked: LockedPayments,
    private readonly payments: Payments,
    private readonly refunds: RefundBook,
    private readonly orders: PayableOrders,
    private readonly declines: DeclineLimit,
    private readonly ledger: Ledger,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly metrics: PaymentMetrics,
  ) {}

  /** Locks the payments that a batch of messages is about. */
  async lockAhead(tx: Tx, provider: string, heard: readonly HeardPayment[]): Promise<void> {
    await this.locked.lockAhead(tx, await this.payments.lookForHeardAhead(tx, provider, heard));
  }

  /** Applies a state to the payment that the provider names. */
  async apply(tx: Tx, provider: string, heard: ProviderPaymentState, cause: Cause): Promise<MessageEffect> {
    const locked = await this.lockHeard(tx, provider, heard);
    if (!locked) return { kind: 'unmatched', detail: `There is no payment ${heard.reference}.` };
    return { ...(await this.applyLocked(tx, locked, heard, cause)), orderId: locked.payment.orderId };
  }

  /** The answer that says the reference may still be on its way, or be lost: then it is our own id by which it is found. */
  private async lockHeard(tx: Tx, provider: string, heard: HeardPayment): Promise<LockedPayment | null> {
    const found = await this.payments.findHeard(tx, provider, heard);
    if (!found) return null;
    const locked = await this.locked.at(tx, found);
    const { providerReference } = locked.payment;
    // Attached to another one before it was locked.
    return providerReference === null || providerReference === heard.reference ? locked : null;
  }

  /** As apply, for the payment of ours that the state is known to be about. */
  async applyTo(tx: Tx, location: PaymentLocation, heard: ProviderPaymentState, cause: Cause): Promise<MessageEffect> {
    return this.applyLocked(tx, await this.locked.at(tx, location), heard, cause);
  }

  private async applyLocked(
    tx: Tx,
    locked: LockedPayment,
    heard: ProviderPaymentState,
    cause: Cause,
  ): Promise<MessageEffect> {
    const before = locked.payment;
    const now = this.clock.now();
    const attached = noteRisk(attach(before, heard, now), heard.risk, now);
    const outcome = applyProviderState(attached, heard, now);
    if (outcome !== 'contradiction' && outcome !== 'nothing-new') return this.write(tx, locked, outcome, cause);
    if (attached !== before) await this.payments.save(tx, before, attached);
    // Created at the provider after it was given up here: it must not stay payable.
    const isTooLate =
      attached.providerReference !== before.providerReference &&
      attached.status === 'canceled' &&
      heard.status !== 'canceled';
    if (isTooLate) await this.events.append(tx, [requestVoid(attached)], cause);
    return outcome === 'nothing-new'
      ? { kind: 'ignored', detail: `The payment is ${attached.status}; ${heard.status} changes nothing.` }
      : { kind: 'needs_review', detail: contradiction(attached, heard) };
  }

  /** The provider's view of the risk, which changes nothing else. */
  async noteRisk(tx: Tx, provider: string, heard: HeardPayment, risk: Risk): Promise<MessageEffect> {
    const locked = await this.lockHeard(tx, provider, heard);
    if (!locked) return { kind: 'unmatched', detail: `There is no payment ${heard.reference}.` };
    const { payment } = locked;
    const noted = noteRisk(payment, risk, this.clock.now());
    const { orderId } = payment;
    if (noted === payment) return { kind: 'ignored', detail: 'The risk was already recorded.', orderId };
    await this.payments.save(tx, payment, noted);
    return { kind: 'applied', detail: 'The provider’s risk assessment was recorded.', orderId };
  }

  private async write(
    tx: Tx,
    { payment: before, order, ofOrder }: LockedPayment,
    change: Change,
    cause: Cause,
  ): Promise<MessageEffect> {
    const unwanted = change.payment.status === 'succeeded' ? supersededBecause(order, change.payment, ofOrder) : null;
    const after = unwanted === null ? change.payment : { ...change.payment, superseded: true };
    const events: NewEvent[] = [...change.events];
    if (after.status !== before.status) {
      const told = outcomeOf(after);
      if (told) events.push(told);
      this.metrics.settled(after.status);
    }
    if (after !== before) await this.payments.save(tx, before, after);
    await this.bookReceived(tx, before, after);
    await this.events.append(tx, events, cause);
    const settled = unwanted === null ? after : await this.refunds.giveBack(tx, after, unwanted, cause);
    if (order)
      await this.orders.notePayment(
        tx,
        order,
        orderStatusAfter(order, after, ofOrder),
        moneyOf(ofOrder, settled),
        cause,
      );
    if (after.status === 'failed' && before.status !== 'failed') await this.declines.count(tx, order);
    return { kind: 'applied', detail: `The payment went from ${before.status} to ${after.status}.` };
  }

  private async bookReceived(tx: Tx, before: Payment, after: Payment): Promise<void> {
    if (after.status !== 'succeeded' || before.status === 'succeeded') return;
    await this.ledger.book(tx, received(after));
  }
}

function contradiction(ours: Payment, heard: ProviderPaymentState): string {
  const theirs = `${heard.amountCaptured || heard.amount} ${heard.currency}`;
  return `The provider reports ${theirs}; our records show ${ours.captureRequested ?? ours.amount} ${ours.currency}.`;
}
