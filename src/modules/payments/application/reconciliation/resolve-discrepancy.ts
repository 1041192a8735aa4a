import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { NotYet, ExternalCallConsumer } from '#ports/consumers.js';
import { causeOf, EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { PayableOrders } from '#modules/orders/contract.js';
import type { MessageEffect } from '#modules/inbox/contract.js';
import { isPaidByAnother } from '../../domain/order-payments.js';
import { release, requestCaptureAgain, requestVoid } from '../../domain/payment-transitions.js';
import { impliedState, type ProviderPaymentState } from '../../domain/provider-state.js';
import type { Discrepancy } from '../../domain/reconciliation.js';
import { newPaymentEvent, type RecordedPaymentEvent } from '../../events.js';
import { PaymentMetrics } from '../../metrics.js';
import { LockedPayments, type LockedPayment } from '../locked-payments.js';
import { PaymentProvider, type ListedRefund } from '../payment-provider.js';
import { ApplyProviderState } from '../payment/apply-provider-state.js';
import { Payments } from '../payments.js';
import type { ProviderDispute } from '../../domain/dispute.js';
import { ApplyDispute } from '../dispute/apply-dispute.js';
import { SettleRefund } from '../refund/settle-refund.js';
import { Reconciliations } from './reconciliations.js';

/** The provider has no attempt to pay it, so the payer may try again. */
const neverConfirmed = {
  code: 'never_confirmed',
  message: 'The payment provider was never asked to confirm this payment.',
};

type Found = RecordedPaymentEvent<'reconciliation.discrepancy_found'>;

interface Answer {
  readonly heard: ProviderPaymentState | null;
  readonly refund: ListedRefund | null;
  readonly dispute: ProviderDispute | null;
}

const nothing: Answer = { heard: null, refund: null, dispute: null };

/**
 * Resolves one discrepancy. The provider is asked anew, so that nothing is resolved with what was true when the list was made,
 * and its word is applied by the same commands that apply its answers and events. Locks: order, payment, then the run.
 */
@Injectable()
export class ResolveDiscrepancy extends ExternalCallConsumer<Answer, Found> {
  static readonly id = 'payments.resolve-discrepancy';
  static readonly aliases = ['HealDifference'];

  constructor(
    private readonly runs: Reconciliations,
    private readonly locked: LockedPayments,
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly provider: PaymentProvider,
    private readonly providerStates: ApplyProviderState,
    private readonly refunds: SettleRefund,
    private readonly disputes: ApplyDispute,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly metrics: PaymentMetrics,
  ) {
    super();
  }

  override async call({ data, requestId }: Found): Promise<Answer> {
    const { reference, isRefund, isDispute } = data;
    if (reference === null) return nothing;
    if (isRefund) return { ...nothing, refund: await this.provider.retrieveRefund(reference, requestId) };
    if (isDispute) return { ...nothing, dispute: await this.provider.retrieveDispute(reference, requestId) };
    return { ...nothing, heard: await this.provider.retrieve(reference, requestId) };
  }

  override async record(tx: Tx, event: Found, heard: Answer): Promise<void> {
    const discrepancy = event.data;
    const cause = causeOf(event);
    const effect = discrepancy.isDispute
      ? await this.resolveDispute(tx, heard.dispute, cause)
      : discrepancy.isRefund
        ? await this.resolveRefund(tx, heard.refund, cause)
        : await this.resolvePayment(tx, discrepancy, heard.heard, cause);
    // A refund may be looked at before its payment was resolved. Looked at again a few times, then it stays open.
    if (effect.kind === 'needs_review' || effect.kind === 'unmatched') throw new NotYet(effect.detail);
    await this.settle(tx, event, 'healed', effect.detail);
  }

  override async gaveUp(tx: Tx, event: Found, error: string): Promise<void> {
    await this.settle(tx, event, 'open', error);
  }

  private async resolvePayment(
    tx: Tx,
    { cure, paymentId, orderId, version }: Found['data'],
    heard: ProviderPaymentState | null,
    cause: Cause,
  ): Promise<MessageEffect> {
    if (cure === 'apply') {
      if (!heard) return { kind: 'unmatched', detail: 'The provider does not know it any more.' };
      return this.providerStates.apply(tx, this.provider.name, heard, cause);
    }
    const locked = await this.locked.at(tx, { id: paymentId!, orderId });
    const { payment } = locked;
    // Something has dealt with it since it was compared, and may be about to ask the provider.
    if (payment.version !== version) return { kind: 'ignored', detail: 'It has changed since it was compared.' };
    if (cure === 'void') return this.void(tx, locked, cause);
    if (cure === 'capture') {
      await this.events.append(tx, [requestCaptureAgain(payment)], cause);
      return { kind: 'applied', detail: 'The provider is asked to capture it once more.' };
    }
    const hasAttempt = heard !== null && heard.status !== 'requires_payment_method' && heard.status !== 'failed';
    const state = hasAttempt ? heard : impliedState(payment, 'failed', neverConfirmed);
    return this.providerStates.applyTo(tx, payment, state, cause);
  }

  private async void(tx: Tx, { payment, order, ofOrder }: LockedPayment, cause: Cause): Promise<MessageEffect> {
    const { payment: released, events } = release(payment, this.clock.now());
    if (released !== payment) await this.payments.save(tx, payment, released);
    await this.events.append(tx, released === payment ? [requestVoid(payment)] : events, cause);
    if (order?.status === 'pending' && released !== payment && !isPaidByAnother(payment, ofOrder))
      await this.orders.notePayment(tx, order, 'canceled', null, cause);
    return { kind: 'applied', detail: 'The provider is asked to void it.' };
  }

  private async resolveRefund(tx: Tx, heard: ListedRefund | null, cause: Cause): Promise<MessageEffect> {
    if (!heard) return { kind: 'unmatched', detail: 'The provider does not know it any more.' };
    return this.refunds.settleListed(tx, this.provider.name, heard, cause);
  }

  private async resolveDispute(tx: Tx, heard: ProviderDispute | null, cause: Cause): Promise<MessageEffect> {
    if (!heard) return { kind: 'unmatched', detail: 'The provider does not know it any more.' };
    return this.disputes.apply(tx, this.provider.name, heard, cause);
  }

  /** The last one to be settled finishes the run. */
  private async settle(tx: Tx, event: Found, outcome: Discrepancy['outcome'], effect: string): Promise<void> {
    const discrepancy = event.data;
    const run = (await this.runs.lock(tx, event.subject.id))!;
    await this.runs.settleDiscrepancy(tx, discrepancy.differenceId, outcome, effect.slice(0, 500));
    this.metrics.discrepancy(discrepancy.class, outcome);
    if (await this.runs.isResolving(tx, run.id)) return;
    const { healed, open } = await this.runs.outcomes(tx, run.id);
    const report = run.report && { ...run.report, healed, open };
    await this.runs.save(tx, { ...run, report, status: 'finished', finishedAt: this.clock.now() });
    const data = { reconciliationId: run.id, healed, open };
    await this.events.append(tx, [newPaymentEvent('reconciliation.finished', event.subject, data)], causeOf(event));
  }
}
