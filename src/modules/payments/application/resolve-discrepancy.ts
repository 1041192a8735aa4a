import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { NotYet, ExternalCallConsumer } from '#ports/consumers.js';
import { causeOf, EventLog, type Cause, type RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { PayableOrders } from '#modules/orders/contract.js';
import type { MessageEffect } from '../contract.js';
import { release, requestCaptureAgain, requestVoid, impliedState, type ProviderPaymentState } from '../domain/payment.js';
import type { Cure, Difference, DifferenceClass } from '../domain/reconciliation.js';
import { newPaymentEvent } from '../events.js';
import { ApplyProviderState, isPaidByAnother } from './apply-provider-state.js';
import { PaymentProvider, type ListedRefund } from './payment-provider.js';
import { Payments } from './payments.js';
import { ReconciliationMetrics, Reconciliations } from './reconciliations.js';
import { SettleRefund } from './settle-refund.js';

/** The provider has no attempt to pay it, so the payer may try again. */
const neverConfirmed = { code: 'never_confirmed', message: 'The payment provider was never asked to confirm this payment.' };

interface FoundDifference {
  readonly differenceId: string;
  readonly class: DifferenceClass;
  readonly cure: Exclude<Cure, null>;
  readonly isRefund: boolean;
  readonly reference: string | null;
  readonly paymentId: string | null;
  readonly orderId: string | null;
  /** Of our payment, as it was compared. */
  readonly version: number | null;
}

interface Answer {
  readonly verdict: ProviderPaymentState | null;
  readonly refund: ListedRefund | null;
}

/**
 * Heals one difference. The provider is asked anew, so that nothing is healed with what was true when the list was made,
 * and its word is applied by the same commands that apply its answers and notices. Locks: order, payment, then the run.
 */
@Injectable()
export class ResolveDiscrepancy extends ExternalCallConsumer<Answer> {
  static readonly id = 'payments.resolve-discrepancy';
  static readonly aliases = ['HealDifference'];

  constructor(
    private readonly runs: Reconciliations,
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly provider: PaymentProvider,
    private readonly providerStates: ApplyProviderState,
    private readonly refunds: SettleRefund,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly metrics: ReconciliationMetrics,
  ) {
    super();
  }

  override async call({ data, requestId }: RecordedEvent): Promise<Answer> {
    const { reference, isRefund } = data as unknown as FoundDifference;
    if (reference === null) return { verdict: null, refund: null };
    if (isRefund) return { verdict: null, refund: await this.provider.retrieveRefund(reference, requestId) };
    return { verdict: await this.provider.retrieve(reference, requestId), refund: null };
  }

  override async record(tx: Tx, event: RecordedEvent, heard: Answer): Promise<void> {
    const difference = event.data as unknown as FoundDifference;
    const cause = causeOf(event);
    const effect = difference.isRefund ? await this.healRefund(tx, heard.refund, cause) : await this.healPayment(tx, difference, heard.verdict, cause);
    // A refund may be looked at before its payment was healed. Looked at again a few times, then it stays open.
    if (effect.kind === 'needs_review' || effect.kind === 'unmatched') throw new NotYet(effect.detail);
    await this.settle(tx, event, 'healed', effect.detail);
  }

  override async gaveUp(tx: Tx, event: RecordedEvent, error: string): Promise<void> {
    await this.settle(tx, event, 'open', error);
  }

  private async healPayment(tx: Tx, { cure, paymentId, orderId, version }: FoundDifference, heard: ProviderPaymentState | null, cause: Cause): Promise<MessageEffect> {
    if (cure === 'apply') {
      if (!heard) return { kind: 'unmatched', detail: 'The provider does not know it any more.' };
      return this.providerStates.apply(tx, this.provider.name, heard, cause);
    }
    const order = orderId === null ? null : await this.orders.lock(tx, orderId);
    const siblings = orderId === null ? [] : await this.payments.lockOfOrder(tx, orderId);
    const payment = (await this.payments.lock(tx, paymentId!))!;
    // Somebody has dealt with it since it was compared, and may be about to ask the provider.
    if (payment.version !== version) return { kind: 'ignored', detail: 'It has changed since it was compared.' };
    if (cure === 'void') {
      const { payment: released, events } = release(payment, this.clock.now());
      if (released !== payment) await this.payments.save(tx, payment, released);
      await this.events.append(tx, released === payment ? [requestVoid(payment)] : events, cause);
      if (order?.status === 'pending' && released !== payment && !isPaidByAnother(payment, siblings))
        await this.orders.notePayment(tx, order, 'canceled', cause);
      return { kind: 'applied', detail: 'The provider is asked to void it.' };
    }
    if (cure === 'capture') {
      await this.events.append(tx, [requestCaptureAgain(payment)], cause);
      return { kind: 'applied', detail: 'The provider is asked to capture it once more.' };
    }
    const hasAttempt = heard !== null && heard.status !== 'requires_payment_method' && heard.status !== 'failed';
    return this.providerStates.applyTo(tx, payment.id, orderId, hasAttempt ? heard : impliedState(payment, 'failed', neverConfirmed), cause);
  }

  private async healRefund(tx: Tx, heard: ListedRefund | null, cause: Cause): Promise<MessageEffect> {
    if (!heard) return { kind: 'unmatched', detail: 'The provider does not know it any more.' };
    return this.refunds.settleListed(tx, this.provider.name, heard, cause);
  }

  /** The last one to be settled finishes the run. */
  private async settle(tx: Tx, event: RecordedEvent, outcome: Difference['outcome'], effect: string): Promise<void> {
    const difference = event.data as unknown as FoundDifference;
    const run = (await this.runs.lock(tx, event.subject.id))!;
    await this.runs.settleDifference(tx, difference.differenceId, outcome, effect.slice(0, 500));
    this.metrics.difference(difference.class, outcome);
    if (await this.runs.isHealing(tx, run.id)) return;
    const { healed, open } = await this.runs.outcomes(tx, run.id);
    const report = run.report && { ...run.report, healed, open };
    await this.runs.save(tx, { ...run, report, status: 'finished', finishedAt: this.clock.now() });
    const data = { reconciliationId: run.id, healed, open };
    await this.events.append(tx, [newPaymentEvent('reconciliation.finished', event.subject, data)], causeOf(event));
  }
}
