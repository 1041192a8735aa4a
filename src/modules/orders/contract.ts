import { DomainError, problem } from '#kernel/errors.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';

export type OrderStatus = 'pending' | 'completed' | 'canceled';
export type OrderPaymentStatus =
  'unpaid' | 'processing' | 'authorized' | 'paid' | 'failed' | 'partially_refunded' | 'refunded' | 'canceled';
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

/** How modules that pay for orders reach them. An order is locked before its payment, always. */
export abstract class PayableOrders {
  /** Locks the order; null when there is none, or none of this customer's. */
  abstract lock(tx: Tx, orderId: string, customerId?: string | null): Promise<PayableOrder | null>;
  abstract lockByNumber(tx: Tx, orderNumber: string): Promise<PayableOrder | null>;
  /** Whether it is still to be paid; a look without a lock, before something is asked of the outside world. */
  abstract isPending(orderId: string): Promise<boolean>;
  /**
   * Notes how the payment of a locked order stands. Money that has arrived (or is authorized) for a pending order
   * completes it when the shop wants that.
   */
  abstract notePayment(tx: Tx, order: PayableOrder, paymentStatus: OrderPaymentStatus, cause: Cause): Promise<void>;
}

export class InvalidTransition extends DomainError {
  static readonly problem = problem(
    'invalid-transition',
    'conflict',
    'The order cannot change into that state',
    'Orders go from pending to completed or to canceled, and stay there. The answer names the state the order is in (from) and the one asked for (to).',
  );
  constructor(from: string, to: string) {
    super(InvalidTransition.problem, `A ${from} order cannot become ${to}.`, [], { from, to });
  }
}
