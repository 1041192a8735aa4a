import { DomainError, problem } from '#kernel/errors.js';
import type { Cause } from '#ports/events.js';
import { amount, count, currency, listOf, nullable, oneOf, text, uuid, type PublicEvents } from '#ports/public-events.js';
import type { Tx } from '#ports/tx.js';

export type OrderEventType = 'order.placed' | 'order.completed' | 'order.canceled';
export type OrderStatus = 'pending' | 'completed' | 'canceled';
export type OrderPaymentStatus = 'unpaid' | 'processing' | 'authorized' | 'paid' | 'failed' | 'partially_refunded' | 'refunded' | 'canceled';
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

/** The door for whoever pays for orders. An order is locked before its payment, always. */
export abstract class PayableOrders {
  /** Locks the order; null when there is none, or none of this customer's. */
  abstract lock(tx: Tx, orderId: string, customerId?: string | null): Promise<PayableOrder | null>;
  abstract lockByNumber(tx: Tx, orderNumber: string): Promise<PayableOrder | null>;
  /** Whether anybody still wants it paid; a look without a lock, before something is asked of the outside world. */
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

const order = {
  orderId: uuid,
  orderNumber: text,
  customerId: nullable(text),
  status: oneOf('pending', 'completed', 'canceled'),
  total: amount,
  currency,
};
const orderExample = {
  orderId: '01939d00-0000-7000-8000-000000000101',
  orderNumber: 'DEMO-101',
  customerId: 'customer-42',
  status: 'pending',
  total: 5899,
  currency: 'USD',
};
const paymentStatus = oneOf('unpaid', 'processing', 'authorized', 'paid', 'failed', 'partially_refunded', 'refunded', 'canceled');

/** What merchants may be told about orders. */
export const publicOrderEvents: PublicEvents<OrderEventType> = {
  'order.placed': {
    description: 'An order was placed; its units are taken from stock.',
    properties: {
      ...order,
      paymentMethod: oneOf('card', 'balance', 'manual'),
      subtotal: amount,
      tax: amount,
      shipping: amount,
      items: listOf({
        type: 'object',
        required: ['productId', 'sku', 'name', 'quantity', 'unitPrice', 'total'],
        properties: { productId: uuid, sku: nullable(text), name: text, quantity: count, unitPrice: amount, total: amount },
      }),
    },
    example: {
      ...orderExample,
      paymentMethod: 'card',
      subtotal: 5899,
      tax: 0,
      shipping: 0,
      items: [{ productId: '01939d00-0000-7000-8000-000000000001', sku: 'MUG-1', name: 'Mug', quantity: 1, unitPrice: 5899, total: 5899 }],
    },
  },
  'order.completed': {
    description: 'An order was completed: its money is here or promised.',
    properties: { ...order, paymentStatus },
    example: { ...orderExample, status: 'completed', paymentStatus: 'paid' },
  },
  'order.canceled': {
    description: 'An order was canceled, by somebody or because it lapsed; every unit is back in stock.',
    properties: { ...order, reason: nullable(text), paymentStatus },
    example: { ...orderExample, status: 'canceled', reason: 'expired', paymentStatus: 'unpaid' },
  },
};
