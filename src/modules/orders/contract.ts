import { DomainError, problem } from '#kernel/errors.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';

export type OrderStatus = 'pending' | 'completed' | 'canceled';
export type OrderPaymentStatus =
  | 'unpaid'
  | 'processing'
  | 'requires_action'
  | 'authorized'
  | 'partially_paid'
  | 'paid'
  | 'failed'
  | 'partially_refunded'
  | 'refunded'
  | 'disputed'
  | 'canceled';
export type PaymentMethod = 'card' | 'balance' | 'manual';

/** An order as paying for it needs to know it. */
export interface PayableOrder {
  readonly id: string;
  readonly orderNumber: string;
  readonly customerId: string | null;
  readonly status: OrderStatus;
  readonly paymentStatus: OrderPaymentStatus;
  readonly paymentMethod: PaymentMethod;
  readonly total: number;
  readonly currency: string;
}

/** What an order has received, in minor units. */
export interface OrderMoney {
  /** Captured for it by all of its payments, money on its way back included. */
  readonly amountPaid: number;
  /** Of that, what was refunded or is being refunded. */
  readonly amountRefunded: number;
}

/** How modules that pay for orders reach them. An order is locked before its payment, always. */
export abstract class PayableOrders {
  /** Locks the order; null when there is none, or none of this customer's. */
  abstract lock(tx: Tx, orderId: string, customerId?: string | null): Promise<PayableOrder | null>;
  /** Locks orders of a batch, ids ascending; every lock of them in this transaction is answered from here. */
  abstract lockAhead(tx: Tx, orderIds: readonly string[], lockTimeoutMs?: number): Promise<readonly PayableOrder[]>;
  abstract lockByNumber(tx: Tx, orderNumber: string): Promise<PayableOrder | null>;
  /** Whether it is still to be paid; a look without a lock, before something is asked of the outside world. */
  abstract isPending(orderId: string): Promise<boolean>;
  /**
   * Notes how the payment of a locked order stands. All of the money of a pending order completes it when the shop wants that.
   * @param paymentStatus null when it stays as it is
   * @param money null when it stays as it is
   */
  abstract notePayment(
    tx: Tx,
    order: PayableOrder,
    paymentStatus: OrderPaymentStatus | null,
    money: OrderMoney | null,
    cause: Cause,
  ): Promise<void>;
}

/** Has the promised money of an order taken, before the order is completed. */
export interface MoneyTaker {
  /**
   * Takes what is authorized for a pending order, and answers when the provider has answered. Nothing is authorized: nothing
   * happens. Refused by the provider: the order does not read paid afterwards.
   * @throws Unavailable when the provider does not answer in time
   */
  take(orderId: string, cause: Cause): Promise<void>;
}

/** What must happen before an order is completed. A module that takes payments registers with it. */
export abstract class Completion {
  abstract register(taker: MoneyTaker): void;
}

export class InvalidTransition extends DomainError {
  static readonly problem = problem(
    'invalid-transition',
    'conflict',
    'The order cannot change into that state',
    'Orders go from pending to completed or canceled, which are final. The response gives the current state (from) and the requested one (to).',
  );
  constructor(from: string, to: string) {
    super(InvalidTransition.problem, `A ${from} order cannot become ${to}.`, [], { from, to });
  }
}
