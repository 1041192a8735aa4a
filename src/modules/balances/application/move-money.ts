import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { InsufficientFunds, Wallets } from '../contract.js';
import { BalancesKeptElsewhere } from '../domain/errors.js';
import { move, type Moved } from '../domain/ledger.js';
import { Accounts } from './accounts.js';

export class MoveMoney extends Command<Moved> {
  constructor(
    readonly tx: Tx,
    readonly kind: 'deposit' | 'withdrawal',
    readonly customerId: string,
    readonly amount: number,
    readonly currency: string,
    /** The merchant's own words, for the statement. */
    readonly reference: string | null,
    readonly cause: Cause,
  ) {
    super();
  }
}

/**
 * Deposits and withdrawals. One transaction: idempotency record, account. Guards: idempotency_records_pkey (once per key),
 * balance_accounts_not_negative.
 */
@CommandHandler(MoveMoney)
export class MoveMoneyHandler implements ICommandHandler<MoveMoney> {
  constructor(
    private readonly accounts: Accounts,
    private readonly wallets: Wallets,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, kind, customerId, amount, currency, reference: note, cause }: MoveMoney): Promise<Moved> {
    // Nothing could be bought with it. What is still here can be taken out.
    if (kind === 'deposit' && !this.wallets.settlesAtOnce) throw new BalancesKeptElsewhere();
    const now = this.clock.now();
    const account =
      kind === 'deposit'
        ? await this.accounts.open(tx, newId(), customerId, currency, now)
        : await this.accounts.lock(tx, customerId, currency);
    if (!account) throw new InsufficientFunds(amount, 0, currency);
    const id = newId();
    const moved = move(account, { id, kind, reference: `${kind}:${id}`, amount, note }, now);
    await this.accounts.write(tx, [moved.movement]);
    await this.events.append(tx, [moved.event], cause);
    return moved;
  }
}
