import { type Clock } from '#kernel/clock.js';
import { RetryIn } from '#ports/consumers.js';
import type { Payment } from '../../domain/payment.js';
import type { ProviderPaymentState } from '../../domain/provider-state.js';
import { comparePayment } from '../../domain/reconciliation.js';
import type { ListedPayment, PaymentProvider, Window } from '../payment-provider.js';
import { DisputeComparison } from './compare-disputes.js';
import { byReference, RefundComparison } from './compare-refunds.js';
import { Tally, type Findings } from './findings.js';
import type { BookedPayment, OurBooks } from './reconciliations.js';

/** Payments of one run, so that it fits into memory. */
const MAX_PAYMENTS = 50_000;
const PAGE = 500;
/** Payments that are missing in the provider's list and asked for one by one. */
const MAX_ASKED = 5_000;
/** Overdue payments and refunds that one run asks the provider about, besides those of its window. */
const MAX_OVERDUE = 1_000;
const OVERDUE_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
const OLDER_DAYS = 30;
/** How long a day of the last month is looked at before the next has its turn. */
const TURN_MS = 15 * 60_000;

/** One comparison. Holds what it has seen, which is bounded. */
export class Comparer {
  private readonly tally = new Tally();
  private readonly refunds: RefundComparison;
  private readonly disputes: DisputeComparison;
  /** The provider's references of payments, and our ids of those without one. */
  private readonly seen = new Set<string>();
  private asked = 0;

  constructor(
    private readonly books: OurBooks,
    private readonly provider: PaymentProvider,
    private readonly clock: Clock,
    private readonly window: Window,
  ) {
    this.refunds = new RefundComparison(books, provider, this.tally);
    this.disputes = new DisputeComparison(books, provider, clock, this.tally);
  }

  async compare(): Promise<Findings> {
    for await (const page of this.provider.listPayments(this.window)) await this.comparePage(page);
    for await (const page of this.provider.listRefunds(this.window)) await this.refunds.comparePage(page);
    for await (const page of this.provider.listRefunds(this.olderWindow())) await this.refunds.comparePage(page, false);
    for await (const page of this.provider.listDisputes(this.window)) await this.disputes.comparePage(page);
    for (let after: string | null = null; ;) {
      const ours: BookedPayment[] = await this.books.paymentsCreated(this.provider.name, this.window, after, PAGE);
      await this.compareUnlisted(ours);
      if (ours.length < PAGE) break;
      after = ours.at(-1)!.payment.id;
    }
    for (const { currency, refunded } of await this.books.refundSums(this.provider.name, this.window))
      this.tally.sumOf(currency).ours.refunded += refunded;
    const before = new Date(this.clock.now().getTime() - OVERDUE_MS);
    await this.compareUnlisted(await this.books.overdue(this.provider.name, before, MAX_OVERDUE), false);
    await this.refunds.compareUnanswered(await this.books.unansweredRefunds(this.provider.name, before, MAX_OVERDUE));
    await this.disputes.compareOpen(await this.books.openDisputes(this.provider.name, MAX_OVERDUE));
    return this.tally.findings();
  }

  /**
   * Refunds fail at payers' banks weeks after they were made. Each run looks at those of one day of the last month, by turns, so
   * that every one is looked at again and again and no run costs more than a day's refunds.
   */
  private olderWindow(): Window {
    const now = this.clock.now().getTime();
    const turn = Math.floor(now / TURN_MS) % OLDER_DAYS;
    const to = new Date(now - turn * DAY_MS);
    return { from: new Date(to.getTime() - DAY_MS), to };
  }

  private async comparePage(page: readonly ListedPayment[]): Promise<void> {
    this.tally.counts.provider += page.length;
    if (this.tally.counts.provider > MAX_PAYMENTS) {
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
      this.tally.sumOf(theirs.currency).provider.captured += theirs.amountCaptured;
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
    this.tally.note(comparison, {
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
      // Its answer was lost; its maker may just be finishing it.
      const comparison = {
        class: 'missing_here',
        cure: 'apply',
        detail: 'The provider created it, but its response never arrived.',
      } as const;
      return this.tally.note(booked!.isUnderWay ? 'wait' : comparison, about);
    }
    const hasMoney = ['processing', 'requires_capture', 'succeeded'].includes(theirs.status);
    if (!hasMoney) return; // begun at the provider, and nothing came of it
    const detail = `The provider has ${theirs.amountCaptured || theirs.amount} ${theirs.currency} (${theirs.status}) that our records do not show.`;
    this.tally.note({ class: 'missing_here', cure: null, detail }, about);
  }

  /** Ours that the provider's list does not name: asked for one by one. */
  private async compareUnlisted(page: readonly BookedPayment[], isInWindow = true): Promise<void> {
    for (const booked of page) {
      const ours = booked.payment;
      if (isInWindow) this.tally.counts.ours++;
      if (isInWindow) this.tally.sumOf(ours.currency).ours.captured += ours.amountCaptured;
      const name = ours.providerReference ?? ours.id;
      if (this.seen.has(name)) continue;
      this.seen.add(name);
      if (ours.providerReference === null) this.noteNeverAsked(booked);
      else {
        if (++this.asked > MAX_ASKED)
          throw new RetryIn(
            `The provider’s list lacks more than ${MAX_ASKED} of our payments; is this its account?`,
            null,
          );
        const theirs = await this.provider.retrieve(ours.providerReference, null);
        if (theirs) this.compareBoth(booked, theirs);
        else this.noteMissingThere(ours);
      }
    }
  }

  /** It is not going to be asked for any more, so the payer may try again. */
  private noteNeverAsked({ payment: ours, isUnderWay }: BookedPayment): void {
    if (ours.status !== 'processing' || isUnderWay) return;
    const comparison = {
      class: 'missing_there',
      cure: 'fail',
      detail: 'It was never requested from the provider.',
    } as const;
    this.tally.note(comparison, {
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
      detail: `Ours is ${ours.status}; the provider has no ${ours.providerReference}.`,
    } as const;
    this.tally.note(comparison, {
      paymentId: ours.id,
      orderId: ours.orderId,
      reference: ours.providerReference,
      isRefund: false,
      version: null,
    });
  }
}
