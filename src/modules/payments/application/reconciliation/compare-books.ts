import { type Clock } from '#kernel/clock.js';
import { RetryIn } from '#ports/consumers.js';
import { newId } from '#kernel/ids.js';
import type { Payment } from '../../domain/payment.js';
import type { ProviderPaymentState } from '../../domain/provider-state.js';
import {
  comparePayment,
  compareRefund,
  discrepancyClasses,
  type Comparison,
  type Discrepancy,
  type DiscrepancyClass,
  type Report,
  type Resolution,
  type Sums,
} from '../../domain/reconciliation.js';
import type { Refund } from '../../domain/refund.js';
import type { ListedPayment, ListedRefund, PaymentProvider, Window } from '../payment-provider.js';
import type { BookedPayment, OurBooks } from './reconciliations.js';

/** Payments of one run, so that it fits into memory. */
const MAX_PAYMENTS = 50_000;
const PAGE = 500;
/** Payments that are missing in the provider's list and asked for one by one. */
const MAX_ASKED = 5_000;
/** Overdue payments and refunds that one run asks the provider about, besides those of its window. */
const MAX_OVERDUE = 1_000;
const OVERDUE_MS = 10 * 60_000;

export interface Found extends Discrepancy {
  readonly cure: Resolution;
  readonly isRefund: boolean;
  readonly version: number | null;
}

export interface Findings {
  readonly report: Report;
  readonly found: readonly Found[];
}

/** One comparison. Holds what it has seen, which is bounded. */
export class Comparer {
  private readonly found: Found[] = [];
  private readonly sums = new Map<string, Sums>();
  /** The provider's references of payments, and our ids of those without one. */
  private readonly seen = new Set<string>();
  private readonly seenRefunds = new Set<string>();
  private asked = 0;
  private readonly counts = { provider: 0, ours: 0, same: 0, waiting: 0 };
  private refunds = 0;

  constructor(
    private readonly books: OurBooks,
    private readonly provider: PaymentProvider,
    private readonly clock: Clock,
    private readonly window: Window,
  ) {}

  async compare(): Promise<Findings> {
    for await (const page of this.provider.listPayments(this.window)) await this.comparePage(page);
    for await (const page of this.provider.listRefunds(this.window)) await this.compareRefunds(page);
    for (let after: string | null = null; ;) {
      const ours: BookedPayment[] = await this.books.paymentsCreated(this.provider.name, this.window, after, PAGE);
      await this.compareUnlisted(ours);
      if (ours.length < PAGE) break;
      after = ours.at(-1)!.payment.id;
    }
    for (const { currency, refunded } of await this.books.refundSums(this.provider.name, this.window))
      this.sumOf(currency).ours.refunded += refunded;
    const before = new Date(this.clock.now().getTime() - OVERDUE_MS);
    await this.compareUnlisted(await this.books.overdue(this.provider.name, before, MAX_OVERDUE), false);
    await this.compareUnanswered(await this.books.unansweredRefunds(this.provider.name, before, MAX_OVERDUE));
    const differences = Object.fromEntries(
      discrepancyClasses.map((name) => [name, this.found.filter((f) => f.class === name).length]),
    );
    return {
      found: this.found,
      report: {
        payments: { ...this.counts },
        refunds: { provider: this.refunds },
        sums: [...this.sums.values()].sort((a, b) => a.currency.localeCompare(b.currency)),
        differences: differences as Record<DiscrepancyClass, number>,
        healed: 0,
        open: this.found.filter(({ cure }) => cure === null).length,
      },
    };
  }

  private async comparePage(page: readonly ListedPayment[]): Promise<void> {
    this.counts.provider += page.length;
    if (this.counts.provider > MAX_PAYMENTS) {
      throw new RetryIn(`The window holds more than ${MAX_PAYMENTS} payments; reconcile shorter ones.`, null);
    }
    const known = byReference(
      await this.books.paymentsByReference(
        this.provider.name,
        page.map(({ reference }) => reference),
      ),
    );
    const unattached = page.flatMap(({ reference, paymentId }) =>
      known.has(reference) || paymentId === null ? [] : [paymentId],
    );
    const byId = new Map((await this.books.payments(unattached)).map((booked) => [booked.payment.id, booked]));
    for (const theirs of page) {
      this.seen.add(theirs.reference);
      this.sumOf(theirs.currency).provider.captured += theirs.amountCaptured;
      const ours = known.get(theirs.reference);
      if (ours) this.compareBoth(ours, theirs);
      else this.noteMissingHere(theirs, theirs.paymentId === null ? undefined : byId.get(theirs.paymentId));
    }
  }

  private compareBoth(
    { payment: ours, isUnderWay, isPaidByAnother }: BookedPayment,
    theirs: ProviderPaymentState,
  ): void {
    const comparison = comparePayment(ours, theirs, isUnderWay, isPaidByAnother, this.clock.now());
    this.note(comparison, {
      paymentId: ours.id,
      orderId: ours.orderId,
      reference: theirs.reference,
      isRefund: false,
      version: ours.version,
    });
  }

  private noteMissingHere(theirs: ListedPayment, booked: BookedPayment | undefined): void {
    const ours = booked?.payment;
    const about = {
      paymentId: ours?.id ?? theirs.paymentId,
      orderId: ours?.orderId ?? theirs.orderId,
      reference: theirs.reference,
      isRefund: false,
      version: null,
    };
    if (ours?.providerReference === null) {
      // Its answer was lost; whoever made it may just be finishing it.
      const comparison = {
        class: 'missing_here',
        cure: 'apply',
        detail: 'The provider has made it, its answer never arrived.',
      } as const;
      return this.note(booked!.isUnderWay ? 'wait' : comparison, about);
    }
    const hasMoney = ['processing', 'requires_capture', 'succeeded'].includes(theirs.status);
    if (!hasMoney) return; // somebody began something at the provider, and nothing came of it
    const detail = `The provider has ${theirs.amountCaptured || theirs.amount} ${theirs.currency} (${theirs.status}) of which our books know nothing.`;
    this.note({ class: 'missing_here', cure: null, detail }, about);
  }

  /** Ours that the provider's list does not name: asked for one by one. */
  private async compareUnlisted(page: readonly BookedPayment[], isInWindow = true): Promise<void> {
    for (const booked of page) {
      const ours = booked.payment;
      if (isInWindow) this.counts.ours++;
      if (isInWindow) this.sumOf(ours.currency).ours.captured += ours.amountCaptured;
      const name = ours.providerReference ?? ours.id;
      if (this.seen.has(name)) continue;
      this.seen.add(name);
      if (ours.providerReference === null) this.noteNeverAsked(booked);
      else {
        if (++this.asked > MAX_ASKED)
          throw new RetryIn(
            `The provider’s list shortages more than ${MAX_ASKED} of our payments; is this its account?`,
            null,
          );
        const theirs = await this.provider.retrieve(ours.providerReference, null);
        if (theirs) this.compareBoth(booked, theirs);
        else this.noteMissingThere(ours);
      }
    }
  }

  /** Nobody is going to ask for it any more, so the payer may try again. */
  private noteNeverAsked({ payment: ours, isUnderWay }: BookedPayment): void {
    if (ours.status !== 'processing' || isUnderWay) return;
    const comparison = {
      class: 'missing_there',
      cure: 'fail',
      detail: 'The provider was never asked for it.',
    } as const;
    this.note(comparison, {
      paymentId: ours.id,
      orderId: ours.orderId,
      reference: null,
      isRefund: false,
      version: ours.version,
    });
  }

  private noteMissingThere(ours: Payment): void {
    const comparison = {
      class: 'missing_there',
      cure: null,
      detail: `Ours is ${ours.status}; the provider knows no ${ours.providerReference}.`,
    } as const;
    this.note(comparison, {
      paymentId: ours.id,
      orderId: ours.orderId,
      reference: ours.providerReference,
      isRefund: false,
      version: null,
    });
  }

  private async compareRefunds(page: readonly ListedRefund[]): Promise<void> {
    this.refunds += page.length;
    const ids = page.flatMap(({ refundId }) => (refundId === null ? [] : [refundId]));
    const references = page.flatMap(({ paymentReference }) => paymentReference ?? []);
    // Payments first: what is settled in between is then taken for under way, not for different.
    const payments = byReference(await this.books.paymentsByReference(this.provider.name, references));
    const ours = await this.books.refunds(
      ids,
      page.map(({ reference }) => reference),
    );
    for (const theirs of page) {
      if (theirs.status !== 'failed') this.sumOf(theirs.currency).provider.refunded += theirs.amount;
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
      return this.note(compareRefund(refund, theirs, booked?.isUnderWay === true), about);
    }
    if (!payment || theirs.status !== 'succeeded') return; // of a payment that is no matter of ours, or of no money (yet)
    this.note(
      {
        class: 'refund',
        cure: 'apply',
        detail: `The provider has refunded ${theirs.amount} ${theirs.currency}, past us.`,
      },
      about,
    );
  }

  private async compareUnanswered(refunds: readonly Refund[]): Promise<void> {
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
      const detail = `A refund of ${refund.amount} ${refund.currency} was asked for and never answered.`;
      this.note(theirs ? compareRefund(refund, theirs, false) : { class: 'refund', cure: null, detail }, about);
    }
  }

  private note(
    comparison: Comparison,
    about: Pick<Found, 'paymentId' | 'orderId' | 'reference' | 'isRefund' | 'version'>,
  ): void {
    if (comparison === 'same' || comparison === 'wait') {
      if (about.isRefund) return;
      this.counts[comparison === 'same' ? 'same' : 'waiting']++;
      return;
    }
    this.found.push({
      id: newId(),
      ...comparison,
      ...about,
      outcome: comparison.cure === null ? 'open' : 'pending',
      effect: null,
    });
  }

  private sumOf(currency: string): Sums {
    const known = this.sums.get(currency) ?? {
      currency,
      provider: { captured: 0, refunded: 0 },
      ours: { captured: 0, refunded: 0 },
    };
    this.sums.set(currency, known);
    return known;
  }
}

function byReference(booked: readonly BookedPayment[]): Map<string, BookedPayment> {
  return new Map(booked.map((one) => [one.payment.providerReference!, one]));
}
