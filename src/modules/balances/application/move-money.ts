import { Injectable } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { DomainError } from '#kernel/errors.js';
import { newId } from '#kernel/ids.js';
import type { BatchDecision, BatchUseCase } from '#ports/batch.js';
import { EventLog, type Cause } from '#ports/events.js';
import { together, type Tx } from '#ports/tx.js';
import { InsufficientFunds, Wallets, type WalletAccount } from '../contract.js';
import { BalancesKeptElsewhere } from '../domain/errors.js';
import { move, type Moved } from '../domain/ledger.js';
import { Accounts } from './accounts.js';

export interface MoneyMove {
  readonly kind: 'deposit' | 'withdrawal';
  readonly customerId: string;
  readonly amount: number;
  readonly currency: string;
  /** The merchant's own words, for the statement. */
  readonly reference: string | null;
  readonly cause: Cause;
}

/**
 * Deposits and withdrawals of a batch in one transaction. Locks: the accounts of the customers, ids ascending. An account that is
 * not there is written with its first deposit; two transactions that do so at once are told apart by
 * balance_accounts_customer_currency_unique, and the second is tried again member by member. Guard: balance_accounts_not_negative.
 */
@Injectable()
export class MoneyMoves implements BatchUseCase<MoneyMove, Moved, readonly WalletAccount[]> {
  constructor(
    private readonly accounts: Accounts,
    private readonly wallets: Wallets,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  lock(tx: Tx, moves: readonly MoneyMove[], lockTimeoutMs?: number): Promise<WalletAccount[]> {
    return this.accounts.lockAll(tx, [...new Set(moves.map(({ customerId }) => customerId))], lockTimeoutMs);
  }

  decide(tx: Tx, moves: readonly MoneyMove[], locked: readonly WalletAccount[]): BatchDecision<Moved> {
    const now = this.clock.now();
    const accounts = new Map(locked.map((account) => [keyOf(account), account]));
    const known = new Set(accounts.keys());
    const outcomes = moves.map((wanted) => {
      const outcome = orRefusal(() => this.moveOne(wanted, accounts.get(keyOf(wanted)) ?? null, now));
      if (!(outcome instanceof DomainError)) accounts.set(keyOf(wanted), outcome.account);
      return outcome;
    });
    const write = async (): Promise<void> => {
      const done = outcomes.flatMap((outcome, i) =>
        outcome instanceof DomainError ? [] : [{ ...outcome, cause: moves[i]!.cause }],
      );
      if (done.length === 0) return;
      const opened = [...accounts.values()].filter((account) => !known.has(keyOf(account)));
      await together(
        () => this.accounts.insert(tx, opened, now),
        () =>
          this.accounts.write(
            tx,
            done.map(({ movement }) => movement),
          ),
        () =>
          this.events.appendAll(
            tx,
            done.map(({ event, cause }) => ({ ...event, cause })),
          ),
      );
    };
    return { outcomes, write };
  }

  private moveOne(
    { kind, customerId, amount, currency, reference: note }: MoneyMove,
    known: WalletAccount | null,
    now: Date,
  ): Moved {
    // Nothing could be bought with it. What is still here can be taken out.
    if (kind === 'deposit' && !this.wallets.settlesAtOnce) throw new BalancesKeptElsewhere();
    if (known === null && kind === 'withdrawal') throw new InsufficientFunds(amount, 0, currency);
    const account = known ?? { id: newId(), customerId, currency, available: 0, blocked: 0 };
    const id = newId();
    return move(account, { id, kind, reference: `${kind}:${id}`, amount, note }, now);
  }
}

/** One deposit or withdrawal in a transaction that is open already. Requests over HTTP go in batches (api/money-queue.ts). */
export class MoveMoney extends Command<Moved> {
  constructor(
    readonly tx: Tx,
    readonly move: MoneyMove,
  ) {
    super();
  }
}

/** A batch of one. Locks and guards: see MoneyMoves. */
@CommandHandler(MoveMoney)
export class MoveMoneyHandler implements ICommandHandler<MoveMoney> {
  constructor(private readonly moves: MoneyMoves) {}

  async execute({ tx, move: wanted }: MoveMoney): Promise<Moved> {
    const { outcomes, write } = this.moves.decide(tx, [wanted], await this.moves.lock(tx, [wanted]));
    const outcome = outcomes[0]!;
    if (outcome instanceof DomainError) throw outcome;
    await write();
    return outcome;
  }
}

function keyOf({ customerId, currency }: Pick<WalletAccount, 'customerId' | 'currency'>): string {
  return `${currency} ${customerId}`;
}

function orRefusal<T>(act: () => T): T | DomainError {
  try {
    return act();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
