import { InsufficientFunds, type Hold, type WalletAccount } from '#balances/contract.js';
import type { Cause } from '#kernel/events.js';
import type { Order } from './order.js';

/**
 * The money that a batch of orders is paid from. Each order sees what those before it have left: the purse is the locked
 * accounts of the transaction, and what is held of it is written back as one movement per order.
 */
export class Purse {
  private readonly available: Map<string, number>;
  readonly holds: (Hold & { readonly cause: Cause })[] = [];

  constructor(accounts: readonly WalletAccount[]) {
    this.available = new Map(accounts.map((account) => [keyOf(account), account.available]));
  }

  /** @throws InsufficientFunds */
  assertCovers(order: Order): void {
    const available = this.available.get(keyOf(holdOf(order))) ?? 0;
    if (order.total > available) throw new InsufficientFunds(order.total, available, order.currency);
  }

  holdFor(order: Order, cause: Cause): void {
    const hold = holdOf(order);
    this.available.set(keyOf(hold), this.available.get(keyOf(hold))! - hold.amount);
    this.holds.push({ ...hold, cause });
  }
}

/** What an order that is paid from balance claims of its customer's money. */
export function holdOf({ id, customerId, currency, total }: Order): Hold {
  if (customerId === null) throw new Error(`Order ${id} is paid from balance and has no customer`);
  return { orderId: id, customerId, currency, amount: total };
}

function keyOf({ customerId, currency }: { readonly customerId: string; readonly currency: string }): string {
  return `${currency} ${customerId}`;
}
