import { Injectable } from '@nestjs/common';
import { Ledger } from '#modules/balances/contract.js';
import type { MessageEffect } from '#modules/inbox/contract.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { Clock } from '#kernel/clock.js';
import { newId } from '#kernel/ids.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { applyDispute, type DisputeChange, type ProviderDispute } from '../../domain/dispute.js';
import { moneyOf, orderStatusAfterRefund } from '../../domain/order-payments.js';
import { contradicted } from '../../domain/provider-state.js';
import { Disputes } from '../disputes.js';
import { disputeMovement } from '../ledger-movements.js';
import { LockedPayments, type LockedPayment } from '../locked-payments.js';
import { Payments } from '../payments.js';
import { RefundBook } from '../refund-book.js';

/**
 * The one way in which the provider's word about a dispute changes our books. Locks: order, the order's payments. Guards: the
 * payment's lock, disputes_provider_reference_unique, ledger_movements_reference_unique, disputes_lost_money_is_gone.
 */
@Injectable()
export class ApplyDispute {
  constructor(
    private readonly locked: LockedPayments,
    private readonly payments: Payments,
    private readonly disputes: Disputes,
    private readonly refunds: RefundBook,
    private readonly orders: PayableOrders,
    private readonly ledger: Ledger,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async apply(tx: Tx, provider: string, heard: ProviderDispute, cause: Cause): Promise<MessageEffect> {
    const { paymentReference } = heard;
    const found = paymentReference && (await this.payments.findByReference(tx, provider, paymentReference));
    if (!found) return { kind: 'ignored', detail: `There is no payment ${paymentReference ?? '(none named)'} here.` };
    const { orderId } = found;
    const locked = await this.locked.at(tx, found);
    const { payment } = locked;
    if (payment.status !== 'succeeded')
      return {
        kind: 'unmatched',
        detail: `The payment is ${payment.status}; nothing of it can be disputed yet.`,
        orderId,
      };
    const known = await this.disputes.findByReference(tx, heard.reference);
    const outcome = applyDispute(payment, known, heard, newId(), this.clock.now());
    if (outcome === 'nothing-new')
      return { kind: 'ignored', detail: `The dispute is ${known!.status}; ${heard.status} changes nothing.`, orderId };
    if ('contradiction' in outcome) {
      await this.events.append(tx, [contradicted(payment, outcome.contradiction)], cause);
      return { kind: 'needs_review', detail: outcome.contradiction, orderId };
    }
    await this.write(tx, locked, known !== null, outcome, cause);
    const { status, funds } = outcome.dispute;
    return { kind: 'applied', detail: `The dispute is ${status}, its money ${funds}.`, orderId };
  }

  private async write(
    tx: Tx,
    { payment, order, ofOrder }: LockedPayment,
    isKnown: boolean,
    { payment: after, dispute, movements, events }: DisputeChange,
    cause: Cause,
  ): Promise<void> {
    await this.payments.save(tx, payment, after);
    await (isKnown ? this.disputes.save(tx, dispute) : this.disputes.insert(tx, dispute));
    for (const kind of movements) await this.ledger.book(tx, disputeMovement(kind, payment, dispute));
    await this.events.append(tx, events, cause);
    // A dispute that was won gives back what was to be given back before.
    const isUnwanted = dispute.status === 'won' && (after.superseded || order?.status === 'canceled');
    const settled = isUnwanted ? await this.refunds.giveBack(tx, after, 'dispute won', cause) : after;
    if (order)
      await this.orders.notePayment(
        tx,
        order,
        orderStatusAfterRefund(order, settled),
        moneyOf(ofOrder, settled),
        cause,
      );
  }
}
