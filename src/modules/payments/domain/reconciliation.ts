import { moneyText } from '#kernel/money.js';
import { refundable, type Payment } from './payment.js';
import { applyProviderState, type ProviderPaymentState } from './provider-state.js';
import { nextRefundStates, type Refund, type RefundState } from './refund.js';

/**
 * What can be wrong between our books and the provider's. A duplicate charge is money for an order that another payment
 * pays for already.
 */
export const discrepancyClasses = [
  'missing_here',
  'missing_there',
  'status',
  'amount',
  'refund',
  'dispute',
  'duplicate_charge',
] as const;
export type DiscrepancyClass = (typeof discrepancyClasses)[number];

/** How a difference is healed: by applying the provider's word, failing what it never heard of, voiding, capturing; or not at all. */
export type Resolution = 'apply' | 'fail' | 'void' | 'capture' | null;

/** How long a payer may take for what the provider asks of them; then the payment is given up, so that it holds no stock. */
export const PAYER_TIMEOUT_MS = 30 * 60_000;

export type Comparison =
  'same' | 'wait' | { readonly class: DiscrepancyClass; readonly cure: Resolution; readonly detail: string };

/**
 * Compares one payment with what the provider says of it.
 * @param isUnderWay whether something about it is still going to be asked or applied by itself
 */
export function comparePayment(
  ours: Payment,
  theirs: ProviderPaymentState,
  isUnderWay: boolean,
  isPaidByAnother: boolean,
  now: Date,
): Comparison {
  const detail = `Ours is ${ours.status}, theirs ${theirs.status}.`;
  const outcome = applyProviderState(ours, theirs, now);
  if (outcome === 'contradiction') {
    return {
      class: 'amount',
      cure: null,
      detail: `${detail} Ours is over ${amounts(ours)}, theirs over ${amounts(theirs)}.`,
    };
  }
  if (outcome !== 'nothing-new') {
    if (isUnderWay) return 'wait';
    const isDuplicate = outcome.payment.status === 'succeeded' && (isPaidByAnother || ours.superseded);
    return { class: isDuplicate ? 'duplicate_charge' : 'status', cure: 'apply', detail };
  }
  return compareOlder(ours, theirs, isUnderWay, detail, now);
}

/** The provider says nothing new: then it agrees, or it is behind us. */
function compareOlder(
  ours: Payment,
  theirs: ProviderPaymentState,
  isUnderWay: boolean,
  detail: string,
  now: Date,
): Comparison {
  if (ours.status === theirs.status) return compareEqual(ours, theirs, isUnderWay, now);
  const hasNoAttempt = theirs.status === 'requires_payment_method' || theirs.status === 'failed';
  if (ours.status === 'failed' && hasNoAttempt) return 'same';
  if (ours.status === 'failed' && theirs.status === 'processing') return 'wait'; // confirmed in a browser just now
  if (isUnderWay) return 'wait';
  if (ours.status === 'processing' && hasNoAttempt)
    return { class: 'status', cure: 'fail', detail: `${detail} The provider was never asked to confirm it.` };
  if (ours.status === 'canceled' && hasNoAttempt) return { class: 'status', cure: 'void', detail };
  if (ours.status === 'canceled' && theirs.status === 'processing') return 'wait';
  return { class: 'status', cure: null, detail };
}

/** Both say the same, and still something may be left undone that no reaction is going to do. */
function compareEqual(ours: Payment, theirs: ProviderPaymentState, isUnderWay: boolean, now: Date): Comparison {
  if (ours.status === 'succeeded' && ours.amountCaptured !== theirs.amountCaptured) {
    return {
      class: 'amount',
      cure: null,
      detail: `Ours has captured ${ours.amountCaptured}, theirs ${theirs.amountCaptured}.`,
    };
  }
  if (isUnderWay) return 'same';
  if (ours.status === 'requires_capture' && ours.superseded)
    return { class: 'status', cure: 'void', detail: 'Canceled here but still authorized at the provider.' };
  if (ours.status === 'requires_capture' && ours.captureRequested !== null) {
    return {
      class: 'status',
      cure: 'capture',
      detail: `${ours.captureRequested} should have been captured but was not.`,
    };
  }
  if (ours.status === 'succeeded' && ours.superseded && refundable(ours) > 0) {
    return {
      class: 'refund',
      cure: null,
      detail: `${moneyText({ amount: refundable(ours), currency: ours.currency })} that should have been refunded was not.`,
    };
  }
  const isLeft = now.getTime() - ours.updatedAt.getTime() > PAYER_TIMEOUT_MS;
  if (ours.status === 'requires_action' && isLeft)
    return { class: 'status', cure: 'void', detail: 'The payer has not completed the action the provider requires.' };
  return 'same';
}

/** Compares one refund with what the provider says of it. */
export function compareRefund(
  ours: Pick<Refund, 'status' | 'amount'>,
  theirs: { readonly status: RefundState; readonly amount: number },
  isUnderWay: boolean,
): Comparison {
  if (ours.amount !== theirs.amount)
    return { class: 'amount', cure: null, detail: `Our refund is over ${ours.amount}, theirs over ${theirs.amount}.` };
  if (ours.status === theirs.status) return 'same';
  if (isUnderWay) return 'wait';
  const detail = `Our refund is ${ours.status}, theirs ${theirs.status}.`;
  if (nextRefundStates[ours.status].includes(theirs.status)) return { class: 'refund', cure: 'apply', detail };
  return { class: 'refund', cure: null, detail };
}

function amounts({
  amount,
  amountCaptured,
  currency,
}: Pick<ProviderPaymentState, 'amount' | 'amountCaptured' | 'currency'>): string {
  return `${amount} ${currency} (captured ${amountCaptured})`;
}

export interface Sums {
  readonly currency: string;
  readonly provider: { captured: number; refunded: number };
  readonly ours: { captured: number; refunded: number };
}

/** What a run has seen, in minor units. */
export interface Report {
  readonly payments: { provider: number; ours: number; same: number; waiting: number };
  readonly refunds: { provider: number };
  readonly sums: readonly Sums[];
  readonly differences: Readonly<Record<DiscrepancyClass, number>>;
  readonly healed: number;
  readonly open: number;
}

export type RunStatus = 'running' | 'healing' | 'finished' | 'failed';

export interface Reconciliation {
  readonly id: string;
  readonly provider: string;
  /** The turn of a scheduled run; null for one on demand. */
  readonly slot: number | null;
  readonly from: Date;
  readonly to: Date;
  readonly status: RunStatus;
  readonly report: Report | null;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface Discrepancy {
  readonly id: string;
  readonly class: DiscrepancyClass;
  readonly paymentId: string | null;
  readonly orderId: string | null;
  /** The provider's id of the payment or the refund. */
  readonly reference: string | null;
  readonly detail: string;
  readonly outcome: 'pending' | 'healed' | 'open';
  /** What healing did, or why it could not. */
  readonly effect: string | null;
}
