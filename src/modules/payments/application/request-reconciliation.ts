import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, noCause, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { Transactions, type Tx } from '#ports/tx.js';
import type { Reconciliation } from '../domain/reconciliation.js';
import { newPaymentEvent } from '../events.js';
import { PaymentProvider, type Window } from './payment-provider.js';
import { Reconciliations } from './reconciliations.js';

export class RequestReconciliation {
  constructor(
    readonly id: string,
    readonly window: Window,
    readonly receipt: Receipt<Reconciliation>,
    readonly cause: Cause,
  ) {}
}

/** Notes that the books are to be compared with the provider's; the reaction to the event does it. */
@CommandHandler(RequestReconciliation)
export class RequestReconciliationHandler implements ICommandHandler<RequestReconciliation, Answer> {
  constructor(
    private readonly runs: Reconciliations,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  execute({ id, window, receipt, cause }: RequestReconciliation): Promise<Answer> {
    return this.receipts.once(receipt, async (tx) => (await this.begin(tx, id, window, null, cause))!);
  }

  /** A scheduled run; nothing happens when another process has taken its turn. */
  async schedule(window: Window, slot: number): Promise<void> {
    await this.transactions.run((tx) => this.begin(tx, newId(), window, slot, noCause));
  }

  private async begin(tx: Tx, id: string, { from, to }: Window, slot: number | null, cause: Cause): Promise<Reconciliation | null> {
    const run: Reconciliation = {
      id,
      provider: this.provider.name,
      slot,
      from,
      to,
      status: 'running',
      report: null,
      error: null,
      createdAt: this.clock.now(),
      finishedAt: null,
    };
    if (!(await this.runs.insert(tx, run))) return null;
    const data = { reconciliationId: run.id, from: from.toISOString(), to: to.toISOString() };
    await this.events.append(tx, [newPaymentEvent('reconciliation.requested', { type: 'reconciliation', id: run.id }, data)], cause);
    return run;
  }
}
