import { Injectable } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, systemCause, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import type { Reconciliation } from '../../domain/reconciliation.js';
import { newPaymentEvent } from '../../events.js';
import { PaymentProvider, type Window } from '../payment-provider.js';
import { Reconciliations } from './reconciliations.js';

export class RequestReconciliation extends Command<Reconciliation> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly window: Window,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** A scheduled run; null when another process has taken this turn. */
export class ScheduleReconciliation extends Command<Reconciliation | null> {
  constructor(
    readonly tx: Tx,
    readonly window: Window,
    readonly slot: number,
  ) {
    super();
  }
}

/** Notes that the books are to be compared with the provider's; the reaction to the event does it. */
@Injectable()
export class ReconciliationRequests {
  constructor(
    private readonly runs: Reconciliations,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /** @param slot the turn of a scheduled run. Guard: reconciliations_slot_unique */
  async begin(
    tx: Tx,
    id: string,
    { from, to }: Window,
    slot: number | null,
    cause: Cause,
  ): Promise<Reconciliation | null> {
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
    const event = newPaymentEvent('reconciliation.requested', { type: 'reconciliation', id: run.id }, data);
    await this.events.append(tx, [event], cause);
    return run;
  }
}

@CommandHandler(RequestReconciliation)
export class RequestReconciliationHandler implements ICommandHandler<RequestReconciliation> {
  constructor(private readonly requests: ReconciliationRequests) {}

  async execute({ tx, id, window, cause }: RequestReconciliation): Promise<Reconciliation> {
    return (await this.requests.begin(tx, id, window, null, cause))!;
  }
}

@CommandHandler(ScheduleReconciliation)
export class ScheduleReconciliationHandler implements ICommandHandler<ScheduleReconciliation> {
  constructor(private readonly requests: ReconciliationRequests) {}

  execute({ tx, window, slot }: ScheduleReconciliation): Promise<Reconciliation | null> {
    return this.requests.begin(tx, newId(), window, slot, systemCause('reconciliation'));
  }
}
