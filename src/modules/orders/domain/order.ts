import type { NewEvent } from '#ports/events.js';
import type { AppliedDiscount, QuotedItem, ShippingLine, TaxLine } from '#modules/pricing/contract.js';
import type { JsonObject } from '#kernel/json.js';
import {
  InvalidTransition,
  type OrderMoney,
  type OrderPaymentStatus,
  type OrderStatus,
  type PaymentMethod,
} from '../contract.js';
import { orderEvent } from '../events.js';
import { PaymentRequired } from './errors.js';

/** The state machine. The same table is compared with the schema's CHECK by a test. */
export const nextStates: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ['completed', 'canceled'],
  completed: [],
  canceled: [],
};

export const paymentStatuses: readonly OrderPaymentStatus[] = [
  'unpaid',
  'processing',
  'requires_action',
  'authorized',
  'partially_paid',
  'paid',
  'failed',
  'partially_refunded',
  'refunded',
  'disputed',
  'canceled',
];
export const paymentMethods: readonly PaymentMethod[] = ['card', 'balance', 'manual'];

/**
 * An order that is not being paid at the moment may expire; one whose payment is under way waits for its outcome. A payment that
 * waits for its payer is not under way: a challenge that is left alone must not hold stock. What an order holds of a balance is
 * no payment under way, so that one expires too.
 */
export const expiringPaymentStatuses: readonly OrderPaymentStatus[] = [
  'unpaid',
  'requires_action',
  'failed',
  'canceled',
];

export interface OrderLine {
  readonly productId: string;
  readonly sku: string | null;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: number;
  /** Before discounts. */
  readonly total: number;
  /** Its parts of the order's discounts and tax, frozen when it was placed. */
  readonly discount: number;
  readonly tax: number;
  /** Parts per million. */
  readonly ratePpm: number;
}

/** How an order came to its price, as far as its lines do not say it. */
export interface OrderPricing {
  readonly taxLines: readonly TaxLine[];
  readonly discounts: readonly AppliedDiscount[];
  readonly shippingLine: ShippingLine | null;
  /** What pricing was told of each line that may say something else later. */
  readonly inputs: readonly Pick<QuotedItem, 'unitPrice' | 'taxClass' | 'weightG' | 'requiresShipping'>[];
}

export interface Order {
  readonly id: string;
  readonly orderNumber: string;
  readonly customerId: string | null;
  readonly status: OrderStatus;
  readonly paymentStatus: OrderPaymentStatus;
  readonly paymentMethod: PaymentMethod;
  readonly currency: string;
  readonly subtotal: number;
  /** Of the goods; that of shipping is in the shipping line. */
  readonly discount: number;
  readonly tax: number;
  readonly taxIncluded: boolean;
  /** After its discount. */
  readonly shipping: number;
  readonly total: number;
  readonly amountPaid: number;
  readonly amountRefunded: number;
  readonly items: readonly OrderLine[];
  readonly tariffVersion: number;
  /** Null where the catalog prices are all. */
  readonly pricing: OrderPricing | null;
  readonly email: string | null;
  readonly shippingAddress: JsonObject | null;
  readonly billingAddress: JsonObject | null;
  readonly metadata: JsonObject;
  readonly cancelReason: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly completedAt: Date | null;
  readonly canceledAt: Date | null;
  readonly expiresAt: Date | null;
}

export interface Change {
  readonly order: Order;
  readonly events: readonly NewEvent[];
}

/** @throws InvalidTransition */
export function cancel(order: Order, reason: string | null, now: Date): Change {
  assertNext(order, 'canceled');
  const paymentStatus = claimsBalance(order) ? 'canceled' : order.paymentStatus;
  const canceled: Order = {
    ...order,
    status: 'canceled',
    paymentStatus,
    cancelReason: reason,
    canceledAt: now,
    updatedAt: now,
    version: order.version + 1,
  };
  return {
    order: canceled,
    events: [orderEvent('order.canceled', subjectOf(order), { ...factsOf(canceled), reason, paymentStatus })],
  };
}

/**
 * A manual order is paid outside, and completing it says that this has happened.
 * @throws InvalidTransition, PaymentRequired
 */
export function complete(order: Order, now: Date, isCapturedAtOnce = true): Change {
  assertNext(order, 'completed');
  if (!isCovered(order)) throw new PaymentRequired(order.paymentStatus);
  const isPaidNow = order.paymentMethod === 'manual' || (holdsBalance(order) && isCapturedAtOnce);
  const paymentStatus = isPaidNow ? 'paid' : order.paymentStatus;
  const completed: Order = {
    ...order,
    status: 'completed',
    paymentStatus,
    amountPaid: isPaidNow ? order.total : order.amountPaid,
    completedAt: now,
    updatedAt: now,
    version: order.version + 1,
  };
  return {
    order: completed,
    events: [orderEvent('order.completed', subjectOf(order), { ...factsOf(completed), paymentStatus })],
  };
}

/**
 * Notes how the payment stands, and completes a pending order whose money has arrived if the shop wants that.
 * @returns null when nothing is new
 */
export function notePayment(
  order: Order,
  status: OrderPaymentStatus | null,
  money: OrderMoney | null,
  autoComplete: boolean,
  now: Date,
): Change | null {
  const paymentStatus = status ?? order.paymentStatus;
  const { amountPaid, amountRefunded } = money ?? order;
  const isNews = paymentStatus !== order.paymentStatus;
  if (!isNews && amountPaid === order.amountPaid && amountRefunded === order.amountRefunded) return null;
  const noted: Order = {
    ...order,
    paymentStatus,
    amountPaid,
    amountRefunded,
    updatedAt: now,
    version: order.version + 1,
  };
  if (autoComplete && isNews && paymentStatus === 'paid' && order.status === 'pending') {
    const { order: completed, events } = complete(noted, now);
    return { order: { ...completed, version: noted.version }, events };
  }
  return { order: noted, events: [] };
}

export function placed(order: Order): NewEvent {
  const items = order.items.map(({ productId, sku, name, quantity, unitPrice, total }) => ({
    productId,
    sku,
    name,
    quantity,
    unitPrice,
    total,
  }));
  const { paymentMethod, subtotal, discount, tax, taxIncluded, shipping } = order;
  return orderEvent('order.placed', subjectOf(order), {
    ...factsOf(order),
    paymentMethod,
    subtotal,
    discount,
    tax,
    taxIncluded,
    discounts: (order.pricing?.discounts ?? []).map(({ promotionId, code, amount }) => ({ promotionId, code, amount })),
    shipping,
    items,
  });
}

/** Whether it holds money of its customer's balance, which is captured when it is completed and released when it is canceled. */
export function holdsBalance({
  paymentMethod,
  paymentStatus,
}: Pick<Order, 'paymentMethod' | 'paymentStatus'>): boolean {
  return paymentMethod === 'balance' && paymentStatus === 'authorized';
}

/** As holdsBalance, or it is just being asked for. */
export function claimsBalance({
  paymentMethod,
  paymentStatus,
}: Pick<Order, 'paymentMethod' | 'paymentStatus'>): boolean {
  return paymentMethod === 'balance' && (paymentStatus === 'authorized' || paymentStatus === 'processing');
}

/**
 * Whether the money is here. What a balance holds for the order is, and is captured with it; what a card has authorized is not
 * before the provider has captured it.
 */
function isCovered(order: Order): boolean {
  return order.paymentMethod === 'manual' || order.paymentStatus === 'paid' || holdsBalance(order);
}

function assertNext(order: Order, to: OrderStatus): void {
  if (!nextStates[order.status].includes(to)) throw new InvalidTransition(order.status, to);
}

function subjectOf({ id }: Order): { type: string; id: string } {
  return { type: 'order', id };
}

function factsOf({ id, orderNumber, customerId, status, total, currency }: Order) {
  return { orderId: id, orderNumber, customerId, status, total, currency };
}
