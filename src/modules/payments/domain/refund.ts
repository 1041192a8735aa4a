import { PaymentDisputed, PaymentTransitionRefused, RefundExceedsCaptured } from './errors.js';
import { paymentEvent, type Change } from './payment-events.js';
import { changedAt, refundable, verbs, type Payment, type PaymentError, type PaymentState } from './payment.js';

export type RefundState = 'requested' | 'pending' | 'succeeded' | 'failed';

/**
 * What a refund may become after what it is: one that had succeeded may still fail at the payer's bank. What is `requested` is
 * for a person to do at another processor, and to settle here.
 */
export const nextRefundStates: Readonly<Record<RefundState, readonly RefundState[]>> = {
  requested: ['succeeded', 'failed'],
  pending: ['succeeded', 'failed'],
  succeeded: ['failed'],
  failed: [],
};

export interface Refund {
  readonly id: string;
  readonly paymentId: string;
  readonly amount: number;
  readonly currency: string;
  readonly reason: string | null;
  readonly status: RefundState;
  readonly providerReference: string | null;
  readonly lastError: PaymentError | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type RefundChange = Change & { readonly refund: Refund };

/**
 * Reserves part of what was captured, or the rest of it: pending refunds count. The payment is locked, which is what
 * puts refunds in line; the CHECK on its amounts is the last to say no.
 * @param by who moves the money: the provider that we ask, or a person at another processor
 * @throws PaymentTransitionRefused, RefundExceedsCaptured, PaymentDisputed
 */
export function requestRefund(
  payment: Payment,
  id: string,
  amount: number | undefined,
  reason: string | null,
  by: 'provider' | 'person',
  now: Date,
): RefundChange {
  if (!(verbs.refund as readonly PaymentState[]).includes(payment.status))
    throw new PaymentTransitionRefused('refund', payment.status);
  const left = refundable(payment);
  const refunding = amount ?? left;
  const isDisputed = payment.amountDisputed > 0 && refunding <= payment.amountCaptured - payment.amountRefunded;
  if (isDisputed && (refunding <= 0 || refunding > left))
    throw new PaymentDisputed(payment.amountDisputed, left, payment.currency);
  if (refunding <= 0 || refunding > left) throw new RefundExceedsCaptured(left, payment.currency);
  return booked(
    payment,
    { id, amount: refunding, reason, status: by === 'person' ? 'requested' : 'pending', providerReference: null },
    'payment.refund_requested',
    now,
  );
}

/** A refund made at the provider, past us: it is booked as it is. Null when it is more than there was to refund. */
export function bookForeignRefund(
  payment: Payment,
  id: string,
  providerReference: string,
  amount: number,
  now: Date,
): RefundChange | null {
  if (amount <= 0 || payment.amountRefunded + amount > payment.amountCaptured) return null;
  return booked(
    payment,
    { id, amount, reason: 'made at the provider', status: 'succeeded', providerReference },
    'payment.refunded',
    now,
  );
}

/** A refund for which no one outside needs to be asked. */
export function settledAtOnce({ payment, refund }: RefundChange): RefundChange {
  const data = { refundId: refund.id, refundAmount: refund.amount, reason: refund.reason };
  return {
    payment,
    refund: { ...refund, status: 'succeeded' },
    events: [paymentEvent('payment.refunded', payment, data)],
  };
}

/** A refund has ended. What failed is no longer being refunded. */
export function settleRefund(payment: Payment, refund: Refund, status: 'succeeded' | 'failed', now: Date): Change {
  const facts = { refundId: refund.id, refundAmount: refund.amount, reason: refund.reason };
  if (status === 'failed') {
    const next = changedAt({ ...payment, amountRefunded: payment.amountRefunded - refund.amount }, now);
    return { payment: next, events: [paymentEvent('payment.refund_failed', next, facts)] };
  }
  return { payment, events: [paymentEvent('payment.refunded', payment, facts)] };
}

function booked(
  payment: Payment,
  draft: Pick<Refund, 'id' | 'amount' | 'reason' | 'status' | 'providerReference'>,
  type: 'payment.refund_requested' | 'payment.refunded',
  now: Date,
): RefundChange {
  const next = changedAt({ ...payment, amountRefunded: payment.amountRefunded + draft.amount }, now);
  return {
    payment: next,
    refund: {
      ...draft,
      paymentId: payment.id,
      currency: payment.currency,
      lastError: null,
      createdAt: now,
      updatedAt: now,
    },
    events: [paymentEvent(type, next, { refundId: draft.id, refundAmount: draft.amount, reason: draft.reason })],
  };
}
