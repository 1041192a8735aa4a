import { compareRefund } from '../../domain/reconciliation.js';
import type { Refund } from '../../domain/refund.js';
import type { ListedRefund, PaymentProvider } from '../payment-provider.js';
import type { Tally } from './findings.js';
import type { BookedPayment, OurBooks } from './reconciliations.js';

/** Compares refunds; what it finds goes to the tally of the run. */
export class RefundComparison {
  private readonly seenRefunds = new Set<string>();
  /** The provider's references. */
  private readonly seenTheirs = new Set<string>();

  constructor(
    private readonly books: OurBooks,
    private readonly provider: PaymentProvider,
    private readonly tally: Tally,
  ) {}

  /** @param isInWindow of the run; those of an older window are not counted */
  async comparePage(page: readonly ListedRefund[], isInWindow = true): Promise<void> {
    if (isInWindow) this.tally.refunds += page.length;
    const ids = page.flatMap(({ refundId }) => (refundId === null ? [] : [refundId]));
    const references = page.flatMap(({ paymentReference }) => paymentReference ?? []);
    // Payments first: what is settled in between is then taken for under way, not for different.
    const payments = byReference(await this.books.paymentsByReference(this.provider.name, references));
    const ours = await this.books.refunds(
      ids,
      page.map(({ reference }) => reference),
    );
    for (const theirs of page) {
      if (this.seenTheirs.has(theirs.reference)) continue;
      this.seenTheirs.add(theirs.reference);
      if (isInWindow && theirs.status !== 'failed')
        this.tally.sumOf(theirs.currency).provider.refunded += theirs.amount;
      const booked = theirs.paymentReference === null ? undefined : payments.get(theirs.paymentReference);
      const refund = ours.find(
        ({ id, providerReference }) => id === theirs.refundId || providerReference === theirs.reference,
      );
      this.noteRefund(theirs, refund, booked);
    }
  }

  private noteRefund(theirs: ListedRefund, refund: Refund | undefined, booked: BookedPayment | undefined): void {
    const payment = booked?.payment;
    const about = {
      paymentId: payment?.id ?? refund?.paymentId ?? null,
      orderId: payment?.orderId ?? null,
      reference: theirs.reference,
      isRefund: true,
      version: null,
    };
    if (refund) {
      this.seenRefunds.add(refund.id);
      return this.tally.note(compareRefund(refund, theirs, booked?.isUnderWay === true), about);
    }
    if (!payment || theirs.status !== 'succeeded') return; // of a payment that is no matter of ours, or of no money (yet)
    this.tally.note(
      {
        class: 'refund',
        cure: 'apply',
        detail: `The provider has refunded ${theirs.amount} ${theirs.currency} without a request from us.`,
      },
      about,
    );
  }

  async compareUnanswered(refunds: readonly Refund[]): Promise<void> {
    const busy = new Set(
      (await this.books.payments(refunds.map(({ paymentId }) => paymentId)))
        .filter(({ isUnderWay }) => isUnderWay)
        .map(({ payment }) => payment.id),
    );
    const still = await this.books.refunds(
      refunds.map(({ id }) => id),
      [],
    );
    for (const refund of still) {
      if (refund.status !== 'pending' || busy.has(refund.paymentId) || this.seenRefunds.has(refund.id)) continue;
      const reference = refund.providerReference;
      const about = { paymentId: refund.paymentId, orderId: null, reference, isRefund: true, version: null };
      const theirs = reference === null ? null : await this.provider.retrieveRefund(reference, null);
      const detail = `A refund of ${refund.amount} ${refund.currency} was requested but never answered.`;
      this.tally.note(theirs ? compareRefund(refund, theirs, false) : { class: 'refund', cure: null, detail }, about);
    }
  }
}

/** Booked payments by the provider's reference. */
export function byReference(booked: readonly BookedPayment[]): Map<string, BookedPayment> {
  return new Map(booked.map((one) => [one.payment.providerReference!, one]));
}
