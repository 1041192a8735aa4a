import type { OrderPaymentStatus, PayableOrder } from '#modules/orders/contract.js';
import { liveStates, refundable, type Payment, type PaymentState } from './payment.js';

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

/** Whether nothing is left to give back. */
export function isFullyRefunded(payment: Payment): boolean {
  return refundable(payment) === 0;
}

/** The parts of an order that decide whether its payments are wanted. */
export type PaidOrder = Pick<PayableOrder, 'status'>;

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

const asOnOrder: Readonly<Record<PaymentState, OrderPaymentStatus>> = {
  requires_payment_method: 'unpaid',
  requires_action: 'requires_action',
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
  return payment.status === 'succeeded' ? statusOfMoney(payment) : asOnOrder[payment.status];
}

/** How captured money reads: disputed above all, then what of it went back, then how much of it came. */
function statusOfMoney({ amount, amountCaptured, amountRefunded, amountDisputed }: Payment): OrderPaymentStatus {
  if (amountDisputed > 0) return 'disputed';
  if (amountRefunded > 0) return amountRefunded < amountCaptured ? 'partially_refunded' : 'refunded';
  return amountCaptured < amount ? 'partially_paid' : 'paid';
}

/** What all payments of an order have brought and given back. */
export function moneyOf(ofOrder: readonly Payment[], changed: Payment): { amountPaid: number; amountRefunded: number } {
  const payments = [changed, ...ofOrder.filter(({ id }) => id !== changed.id)];
  return {
    amountPaid: payments.reduce((sum, { amountCaptured }) => sum + amountCaptured, 0),
    amountRefunded: payments.reduce((sum, { amountRefunded }) => sum + amountRefunded, 0),
  };
}

/** As orderStatusAfter, for a refund or a dispute of the payment. */
export function orderStatusAfterRefund(order: PaidOrder, payment: Payment): OrderPaymentStatus | null {
  return payment.superseded && order.status !== 'canceled' ? null : statusOfMoney(payment); // another payment pays the order
}
