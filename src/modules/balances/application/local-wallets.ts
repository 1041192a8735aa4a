import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { Ledger, Wallets, type ExternalMovement, type Hold, type WalletAccount } from '../contract.js';
import { move, referenceOf, type CustomerMovementKind, type Moved } from '../domain/ledger.js';
import { Accounts } from './accounts.js';

/** The shop's own books: accounts and ledger in this database, moved in the transactions of those who ask. */
@Injectable()
export class LocalWallets extends Wallets {
  override readonly settlesAtOnce = true;

  constructor(
    private readonly accounts: Accounts,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {
    super();
  }

  override lock(tx: Tx, customerIds: readonly string[], lockTimeoutMs?: number): Promise<WalletAccount[]> {
    return this.accounts.lockAll(tx, customerIds, lockTimeoutMs);
  }

  /** Each hold sees what those before it have left. */
  override async block(
    tx: Tx,
    accounts: readonly WalletAccount[],
    holds: readonly (Hold & { readonly cause: Cause })[],
  ): Promise<void> {
    if (holds.length === 0) return;
    const current = new Map(accounts.map((account) => [`${account.customerId} ${account.currency}`, account]));
    const now = this.clock.now();
    const moved = holds.map((hold) => {
      const key = `${hold.customerId} ${hold.currency}`;
      const result = move(
        current.get(key)!,
        { id: newId(), kind: 'block', reference: referenceOf.block(hold), amount: hold.amount, orderId: hold.orderId },
        now,
      );
      current.set(key, result.account);
      return { ...result, cause: hold.cause };
    });
    await this.accounts.write(
      tx,
      moved.map(({ movement }) => movement),
    );
    await this.events.appendAll(
      tx,
      moved.map(({ event, cause }) => ({ ...event, cause })),
    );
  }

  override async capture(tx: Tx, hold: Hold, cause: Cause): Promise<boolean> {
    await this.moveOne(tx, hold, 'capture', referenceOf.settle(hold), null, cause);
    return true;
  }

  override release(tx: Tx, hold: Hold, cause: Cause): Promise<void> {
    return this.moveOne(tx, hold, 'release', referenceOf.settle(hold), null, cause);
  }

  override refund(tx: Tx, refundId: string, paymentId: string, money: Hold, cause: Cause): Promise<void> {
    return this.moveOne(tx, money, 'refund', referenceOf.refund(refundId), paymentId, cause);
  }

  private async moveOne(
    tx: Tx,
    hold: Hold,
    kind: CustomerMovementKind,
    reference: string,
    paymentId: string | null,
    cause: Cause,
  ): Promise<void> {
    const account = await this.accounts.lockOfHold(tx, referenceOf.block(hold));
    if (!account) throw new Error(`Order ${hold.orderId} holds nothing here`);
    const { movement, event }: Moved = move(
      account,
      { id: newId(), kind, reference, amount: hold.amount, orderId: hold.orderId, paymentId },
      this.clock.now(),
    );
    await this.accounts.write(tx, [movement]);
    await this.events.append(tx, [event], cause);
  }
}

@Injectable()
export class LocalLedger extends Ledger {
  constructor(
    private readonly accounts: Accounts,
    private readonly clock: Clock,
  ) {
    super();
  }

  override book(tx: Tx, movement: ExternalMovement): Promise<void> {
    return this.accounts.book(tx, newId(), movement, this.clock.now());
  }
}
