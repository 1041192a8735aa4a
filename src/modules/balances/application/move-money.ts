import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { InsufficientFunds, Wallets } from '../contract.js';
import { BalancesKeptElsewhere } from '../domain/errors.js';
import { move, type Moved } from '../domain/ledger.js';
import { Accounts } from './accounts.js';

export class MoveMoney {
  constructor(
    readonly kind: 'deposit' | 'withdrawal',
    readonly customerId: string,
    readonly amount: number,
    readonly currency: string,
    /** The merchant's own words, for the statement. */
    readonly reference: string | null,
    readonly receipt: Receipt<Moved>,
    readonly cause: Cause,
  ) {}
}

/**
 * Deposits and withdrawals. One transaction: receipt, account. Guards: idempotency_records_pkey (once per key),
 * balance_accounts_not_negative.
 */
@CommandHandler(MoveMoney)
export class MoveMoneyHandler implements ICommandHandler<MoveMoney, Answer> {
  constructor(
    private readonly accounts: Accounts,
    private readonly wallets: Wallets,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  execute({ kind, customerId, amount, currency, reference: note, receipt, cause }: MoveMoney): Promise<Answer> {
    return this.receipts.once(receipt, async (tx) => {
      // Nothing could be bought with it. What is still here can be taken out.
      if (kind === 'deposit' && !this.wallets.settlesAtOnce) throw new BalancesKeptElsewhere();
      const now = this.clock.now();
      const account =
        kind === 'deposit' ? await this.accounts.open(tx, newId(), customerId, currency, now) : await this.accounts.lock(tx, customerId, currency);
      if (!account) throw new InsufficientFunds(amount, 0, currency);
      const id = newId();
      const moved = move(account, { id, kind, reference: `${kind}:${id}`, amount, note }, now);
      await this.accounts.write(tx, [moved.movement]);
      await this.events.append(tx, [moved.event], cause);
      return moved;
    });
  }
}
