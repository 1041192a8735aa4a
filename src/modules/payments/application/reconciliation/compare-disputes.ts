import { type Clock } from '#kernel/clock.js';
import { newId } from '#kernel/ids.js';
import { applyDispute, type Dispute, type ProviderDispute } from '../../domain/dispute.js';
import type { Comparison } from '../../domain/reconciliation.js';
import type { PaymentProvider } from '../payment-provider.js';
import { byReference } from './compare-refunds.js';
import type { Tally } from './findings.js';
import type { BookedPayment, OurBooks } from './reconciliations.js';

/** Compares disputes: those of the window, and every one that is open by our books, however old. */
export class DisputeComparison {
  private readonly seen = new Set<string>();

  constructor(
    private readonly books: OurBooks,
    private readonly provider: PaymentProvider,
    private readonly clock: Clock,
    private readonly tally: Tally,
  ) {}

  async comparePage(page: readonly ProviderDispute[]): Promise<void> {
    const references = page.flatMap(({ paymentReference }) => paymentReference ?? []);
    const payments = byReference(await this.books.paymentsByReference(this.provider.name, references));
    const ours = new Map(
      (await this.books.disputes(page.map(({ reference }) => reference))).map((one) => [one.providerReference, one]),
    );
    for (const theirs of page) {
      this.seen.add(theirs.reference);
      const booked = theirs.paymentReference === null ? undefined : payments.get(theirs.paymentReference);
      if (booked) this.note(booked, ours.get(theirs.reference) ?? null, theirs);
    }
  }

  async compareOpen(open: readonly Dispute[]): Promise<void> {
    const ofDispute = new Map(
      (await this.books.payments(open.map(({ paymentId }) => paymentId))).map((booked) => [booked.payment.id, booked]),
    );
    for (const ours of open) {
      if (this.seen.has(ours.providerReference)) continue;
      const theirs = await this.provider.retrieveDispute(ours.providerReference, null);
      if (theirs) this.note(ofDispute.get(ours.paymentId)!, ours, theirs);
    }
  }

  private note({ payment, isUnderWay }: BookedPayment, ours: Dispute | null, theirs: ProviderDispute): void {
    const { id: paymentId, orderId } = payment;
    const about = { paymentId, orderId, reference: theirs.reference, isRefund: false, isDispute: true, version: null };
    this.tally.note(isUnderWay ? 'wait' : this.compare(payment, ours, theirs), about);
  }

  private compare(payment: BookedPayment['payment'], ours: Dispute | null, theirs: ProviderDispute): Comparison {
    if (payment.status !== 'succeeded') return 'wait';
    const outcome = applyDispute(payment, ours, theirs, newId(), this.clock.now());
    if (outcome === 'nothing-new') return 'same';
    if ('contradiction' in outcome) return { class: 'dispute', cure: null, detail: outcome.contradiction };
    const known = ours === null ? 'Our records show no dispute' : `Our dispute is ${ours.status} (${ours.funds})`;
    return { class: 'dispute', cure: 'apply', detail: `${known}; theirs is ${theirs.status}.` };
  }
}
