import { InsufficientFunds, type Hold, type WalletAccount } from '#modules/balances/contract.js';
import type { Cause } from '#ports/events.js';
import type { OrderPaymentStatus } from '../contract.js';
import type { Order } from './order.js';

/**
 * The money that a batch of orders is paid from. Each order sees what those before it have left: these are the locked
 * accounts of the transaction, and what is held of them is written back as one movement per order.
 */
export class BatchFunds {
  private readonly available: Map<string, number>;
  readonly holds: (Hold & { readonly cause: Cause })[] = [];

  /** @param isKeptHere whether the accounts say what is there; elsewhere it is found out afterwards */
  constructor(
    accounts: readonly WalletAccount[],
    private readonly isKeptHere = true,
  ) {
    this.available = new Map(accounts.map((account) => [keyOf(account), account.available]));
  }

  /** How the payment of an order stands whose money is held. */
  get paymentStatus(): OrderPaymentStatus {
    return this.isKeptHere ? 'authorized' : 'processing';
  }

  /** @throws InsufficientFunds */
  assertCovers(order: Order): void {
    if (!this.isKeptHere) return;
    const available = this.available.get(keyOf(holdOf(order))) ?? 0;
    if (order.total > available) throw new InsufficientFunds(order.total, available, order.currency);
  }

  holdFor(order: Order, cause: Cause): void {
    const hold = holdOf(order);
    this.available.set(keyOf(hold), (this.available.get(keyOf(hold)) ?? 0) - hold.amount);
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
