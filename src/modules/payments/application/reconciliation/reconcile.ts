import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { ExternalCallConsumer } from '#ports/consumers.js';
import { causeOf, EventLog, type Cause, type RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { newPaymentEvent } from '../../events.js';
import { PaymentProvider } from '../payment-provider.js';
import { Comparer } from './compare-books.js';
import type { Findings } from './findings.js';
import { OurBooks, Reconciliations } from './reconciliations.js';

/**
 * Compares our books with the provider's list for a window. It only looks: what it finds is written down in one
 * transaction, and each difference that can be healed safely is healed by a reaction of its own.
 */
@Injectable()
export class Reconcile extends ExternalCallConsumer<Findings> {
  static readonly id = 'payments.reconcile';
  static readonly aliases = ['Reconcile'];

  constructor(
    private readonly runs: Reconciliations,
    private readonly books: OurBooks,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async call(event: RecordedEvent): Promise<Findings> {
    const run = (await this.runs.find(event.subject.id))!;
    return new Comparer(this.books, this.provider, this.clock, run).compare();
  }

  override async record(tx: Tx, event: RecordedEvent, { report, found }: Findings): Promise<void> {
    const run = (await this.runs.lock(tx, event.subject.id))!;
    const cause: Cause = causeOf(event);
    const subject = { type: 'reconciliation', id: run.id };
    await this.runs.insertDiscrepancies(tx, run.id, found);
    const resolvable = found.filter(({ cure }) => cure !== null);
    const isFinished = resolvable.length === 0;
    await this.runs.save(tx, {
      ...run,
      status: isFinished ? 'finished' : 'healing',
      report,
      finishedAt: isFinished ? this.clock.now() : null,
    });
    // Payments before their refunds.
    const ordered = [
      ...resolvable.filter(({ isRefund }) => !isRefund),
      ...resolvable.filter(({ isRefund }) => isRefund),
    ];
    const events = ordered.map(
      ({ id, class: name, cure, isRefund, isDispute, reference, paymentId, orderId, version }) =>
        newPaymentEvent('reconciliation.discrepancy_found', subject, {
          differenceId: id,
          class: name,
          cure: cure!,
          isRefund,
          ...(isDispute && { isDispute }),
          reference,
          paymentId,
          orderId,
          version,
        }),
    );
    await this.events.append(
      tx,
      isFinished ? [newPaymentEvent('reconciliation.finished', subject, { reconciliationId: run.id })] : events,
      cause,
    );
  }

  override async gaveUp(tx: Tx, event: RecordedEvent, error: string): Promise<void> {
    const run = (await this.runs.lock(tx, event.subject.id))!;
    await this.runs.save(tx, { ...run, status: 'failed', error: error.slice(0, 500), finishedAt: this.clock.now() });
  }
}
