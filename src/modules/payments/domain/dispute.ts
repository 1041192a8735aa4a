import { moneyText } from '#kernel/money.js';
import { paymentEvent, type Change } from './payment-events.js';
import { changedAt, type Payment } from './payment.js';

export type DisputeState = 'open' | 'won' | 'lost';
/** Where the disputed money is: still with the shop, taken back by the provider, or given again by it. */
export type DisputeFunds = 'held' | 'withdrawn' | 'reinstated';

/** What a dispute may become. Compared with the schema's CHECK by a test. */
export const nextDisputeStates: Readonly<Record<DisputeState, readonly DisputeState[]>> = {
  open: ['won', 'lost'],
  won: [],
  lost: [],
};

/** A payer’s bank wants the money of a payment back. */
export interface Dispute {
  readonly id: string;
  readonly paymentId: string;
  readonly providerReference: string;
  readonly amount: number;
  readonly reason: string;
  readonly status: DisputeState;
  readonly funds: DisputeFunds;
  /** Until then the shop may show evidence. */
  readonly evidenceDueAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a provider says about a dispute, in our terms. */
export interface ProviderDispute {
  readonly reference: string;
  readonly paymentReference: string | null;
  readonly amount: number;
  readonly currency: string;
  readonly reason: string;
  readonly status: DisputeState;
  /** Null where it says nothing about the money. */
  readonly funds: DisputeFunds | null;
  readonly evidenceDueAt: Date | null;
}

/** The steps of a dispute that move money: taken back, given again, or lost for good. */
export type DisputeMovement = 'dispute_withdrawn' | 'dispute_reinstated' | 'dispute_lost';

export interface DisputeChange extends Change {
  readonly dispute: Dispute;
  readonly movements: readonly DisputeMovement[];
}

export type DisputeOutcome = DisputeChange | 'nothing-new' | { readonly contradiction: string };

const fundsInOrder: readonly DisputeFunds[] = ['held', 'withdrawn', 'reinstated'];

/**
 * Applies what the provider says about a dispute of a captured payment. Its messages come in any order and more than once: money
 * moves on only, a decision is final, and a lost dispute means that the money is gone, also where that was never told.
 * @param known the dispute as we have it; null when it is new
 */
export function applyDispute(
  payment: Payment,
  known: Dispute | null,
  heard: ProviderDispute,
  id: string,
  now: Date,
): DisputeOutcome {
  const before = known ?? begun(payment, heard, id, now);
  const { currency } = payment;
  if (heard.currency !== currency || heard.amount !== before.amount)
    return {
      contradiction: `The provider reports a dispute of ${moneyText(heard)}; our records show ${moneyText({ amount: before.amount, currency })}.`,
    };
  const status = nextDisputeStates[before.status].includes(heard.status) ? heard.status : before.status;
  const funds = fundsAfter(before.funds, heard.funds, status);
  if (status === 'lost' && funds !== 'withdrawn')
    return { contradiction: 'The provider has reinstated the money of a lost dispute.' };
  const evidenceDueAt = heard.evidenceDueAt ?? before.evidenceDueAt;
  const isSame = known && status === known.status && funds === known.funds;
  if (isSame && evidenceDueAt?.getTime() === known.evidenceDueAt?.getTime()) return 'nothing-new';
  const dispute: Dispute = { ...before, status, funds, evidenceDueAt, updatedAt: now };
  const counted = (d: Dispute | null) => (d === null || d.status === 'won' ? 0 : d.amount);
  const amountDisputed = payment.amountDisputed - counted(known) + counted(dispute);
  const after = changedAt({ ...payment, amountDisputed }, now);
  return {
    payment: after,
    dispute,
    movements: movementsBetween(known, dispute),
    events: eventsOf(after, known, dispute),
  };
}

function begun({ id: paymentId }: Payment, heard: ProviderDispute, id: string, now: Date): Dispute {
  const { reference: providerReference, amount, reason, evidenceDueAt } = heard;
  const state = { status: 'open', funds: 'held', evidenceDueAt } as const;
  return { id, paymentId, providerReference, amount, reason, ...state, createdAt: now, updatedAt: now };
}

function fundsAfter(before: DisputeFunds, heard: DisputeFunds | null, status: DisputeState): DisputeFunds {
  const told = heard === null || fundsInOrder.indexOf(heard) < fundsInOrder.indexOf(before) ? before : heard;
  return status === 'lost' && told === 'held' ? 'withdrawn' : told;
}

function movementsBetween(before: Dispute | null, { funds, status }: Dispute): DisputeMovement[] {
  const was = before?.funds ?? 'held';
  return [
    ...(was === 'held' && funds !== 'held' ? (['dispute_withdrawn'] as const) : []),
    ...(was !== 'reinstated' && funds === 'reinstated' ? (['dispute_reinstated'] as const) : []),
    ...(before?.status !== 'lost' && status === 'lost' ? (['dispute_lost'] as const) : []),
  ];
}

function eventsOf(payment: Payment, before: Dispute | null, dispute: Dispute): Change['events'] {
  const { id: disputeId, amount: disputeAmount, reason: disputeReason, status: disputeStatus, funds } = dispute;
  const facts = { disputeId, disputeAmount, disputeReason, disputeStatus, funds };
  const isClosed = dispute.status !== 'open' && before?.status !== dispute.status;
  return [
    ...(before === null ? [paymentEvent('payment.disputed', payment, facts)] : []),
    ...(before !== null && !isClosed ? [paymentEvent('payment.dispute_updated', payment, facts)] : []),
    ...(isClosed ? [paymentEvent('payment.dispute_closed', payment, facts)] : []),
  ];
}
