import type { ExternalMovement } from '#modules/balances/contract.js';
import type { Dispute, DisputeMovement } from '../domain/dispute.js';
import type { Payment } from '../domain/payment.js';
import type { Refund } from '../domain/refund.js';

/** Money that has arrived, as the ledger books it. */
export function received({ id, orderId, currency, amountCaptured }: Payment): ExternalMovement {
  return { kind: 'payment', reference: `payment:${id}`, orderId, paymentId: id, currency, amount: amountCaptured };
}

/** A step of a dispute, once each. */
export function disputeMovement(
  kind: DisputeMovement,
  { id, orderId, currency }: Payment,
  dispute: Pick<Dispute, 'id' | 'amount'>,
): ExternalMovement {
  const reference = `dispute:${dispute.id}:${kind.slice('dispute_'.length)}`;
  return { kind, reference, orderId, paymentId: id, currency, amount: dispute.amount };
}

const suffixes = {
  refund_due: 'due',
  refund_paid: 'paid',
  refund_failed: 'failed',
  refund_returned: 'returned',
} as const;

export type RefundMovement = keyof typeof suffixes;

/** A step of a refund: promised, paid, refused, or come back from the payer's bank after it was paid. */
export function refundMovement(
  kind: RefundMovement,
  { id, orderId, currency }: Payment,
  refund: Pick<Refund, 'id' | 'amount'>,
): ExternalMovement {
  return {
    kind,
    reference: `refund:${refund.id}:${suffixes[kind]}`,
    orderId,
    paymentId: id,
    currency,
    amount: refund.amount,
  };
}
