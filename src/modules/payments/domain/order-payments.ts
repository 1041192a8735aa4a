import { liveStates, type Payment, type PaymentState } from './payment.js';

/** Whether a payment occupies its order: it has paid it, or may still pay it. */
export function isLive({ status, superseded }: Pick<Payment, 'status' | 'superseded'>): boolean {
  return !superseded && liveStates.includes(status);
}

/** The payment of an order that occupies it, other than this one. */
export function otherLive(payment: Pick<Payment, 'id'>, ofOrder: readonly Payment[]): Payment | undefined {
  return ofOrder.find((other) => other.id !== payment.id && isLive(other));
}

/** Whether another payment of the order pays it, or is about to. */
export function isPaidByAnother(payment: Pick<Payment, 'id'>, ofOrder: readonly Payment[]): boolean {
  return otherLive(payment, ofOrder) !== undefined;
}

/** Money that is authorized or captured. */
export function isMoney({ status }: Payment): boolean {
  return status === 'succeeded' || status === 'requires_capture';
}

export function isFullyRefunded({ amountCaptured, amountRefunded }: Payment): boolean {
  return amountCaptured - amountRefunded <= 0;
}

/** The parts of an order that decide whether its payments are wanted. */
export interface PaidOrder {
  readonly status: 'pending' | 'completed' | 'canceled';
}

/**
 * Why the captured money of a payment is not wanted: it goes back, with this reason. Null when it is wanted.
 * @param ofOrder every payment of the order
 */
export function supersededBecause(
  order: PaidOrder | null,
  payment: Payment,
  ofOrder: readonly Payment[],
): 'order canceled' | 'order already paid' | 'payment canceled' | null {
  if (order?.status === 'canceled') return 'order canceled';
  if (order && isPaidByAnother(payment, ofOrder)) return 'order already paid';
  return payment.superseded ? 'payment canceled' : null;
}

type OrderPaymentStatus =
  'unpaid' | 'processing' | 'authorized' | 'paid' | 'partially_refunded' | 'refunded' | 'failed' | 'canceled';

const asOnOrder: Readonly<Record<PaymentState, OrderPaymentStatus>> = {
  requires_payment_method: 'unpaid',
  processing: 'processing',
  requires_capture: 'authorized',
  succeeded: 'paid',
  failed: 'failed',
  canceled: 'canceled',
};

/**
 * How an order reads after a payment of it has moved: as the payment that pays it, or as the last that was to. Null when
 * the payment has nothing to say about its order any more.
 */
export function orderStatusAfter(
  order: PaidOrder,
  payment: Payment,
  ofOrder: readonly Payment[],
): OrderPaymentStatus | null {
  const isSupersededHere = payment.superseded && order.status !== 'canceled';
  if (isSupersededHere && payment.status !== 'canceled') return null;
  if (!isMoney(payment) && isPaidByAnother(payment, ofOrder)) return null;
  return asOnOrder[payment.status];
}

/** As orderStatusAfter, for a refund of the payment. */
export function orderStatusAfterRefund(order: PaidOrder, payment: Payment): OrderPaymentStatus | null {
  if (payment.superseded && order.status !== 'canceled') return null; // another payment pays the order
  if (payment.amountRefunded === 0) return 'paid';
  return payment.amountRefunded < payment.amountCaptured ? 'partially_refunded' : 'refunded';
}
