import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { DomainError, problem } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { Wallets, type Hold, type WalletAccount } from '../contract.js';
import { captureHold, releaseHold, requested, type HoldChange, type ServiceHold } from '../domain/service-hold.js';
import { ServiceHolds } from './balance-service.js';
import { ChangeHold } from './change-hold.js';

export class RefundElsewhere extends DomainError {
  static readonly problem = problem(
    'refund-elsewhere',
    'unprocessable',
    'Refund through the balance service',
    'This order was paid from a balance at an external service whose API does not support refunds. Refund the money there.',
  );
  constructor() {
    super(RefundElsewhere.problem, 'The balance service holds this money and does not support refunds.');
  }
}

/**
 * Money that an external service keeps (BALANCE_SERVICE_URL). What is wanted of it is written down here, in the
 * transaction of the order, and asked for by the reactions to the events, so that a service that is down delays nothing.
 */
@Injectable()
export class ExternalWallets extends Wallets {
  override readonly settlesAtOnce = false;

  constructor(
    private readonly holds: ServiceHolds,
    private readonly changes: ChangeHold,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {
    super();
  }

  /** Whether the service has what this order holds. */
  async has(tx: Tx, { orderId }: Hold): Promise<boolean> {
    return (await this.holds.lockOfOrder(tx, orderId)) !== null;
  }

  override async lock(): Promise<WalletAccount[]> {
    return [];
  }

  override async block(
    tx: Tx,
    _accounts: readonly WalletAccount[],
    wanted: readonly (Hold & { readonly cause: Cause })[],
  ): Promise<void> {
    if (wanted.length === 0) return;
    const changes = wanted.map(({ cause, ...hold }) => ({ ...requested(newId(), hold), cause }));
    await this.holds.insert(
      tx,
      changes.map(({ hold }) => hold),
      this.clock.now(),
    );
    await this.events.appendFirst(
      tx,
      changes.flatMap(({ events, cause }) => events.map((event) => ({ ...event, cause }))),
    );
  }

  override async capture(tx: Tx, hold: Hold, cause: Cause): Promise<boolean> {
    await this.change(tx, hold, captureHold, cause);
    return false;
  }

  override release(tx: Tx, hold: Hold, cause: Cause): Promise<void> {
    return this.change(tx, hold, releaseHold, cause);
  }

  override async refund(): Promise<void> {
    throw new RefundElsewhere();
  }

  private async change(tx: Tx, { orderId }: Hold, how: (hold: ServiceHold) => HoldChange, cause: Cause): Promise<void> {
    const before = await this.holds.lockOfOrder(tx, orderId);
    if (!before) throw new Error(`Order ${orderId} holds nothing at the balance service`);
    await this.changes.apply(tx, before, how, cause);
  }
}
