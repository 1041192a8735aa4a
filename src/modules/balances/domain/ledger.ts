import type { NewEvent } from '#ports/events.js';
import { InsufficientFunds, type ExternalMovementKind, type Hold, type WalletAccount } from '../contract.js';
import { balanceEvent } from '../events.js';
import { BalanceTooLarge } from './errors.js';

/** The largest sum that stays exact. Compared with balance_accounts_safe. */
export const MAX_BALANCE = Number.MAX_SAFE_INTEGER;

/**
 * Where money can be. A customer's `available` and `blocked`; the shop's `cash` (what came in, with a minus sign, as the
 * other side of what it owes and has earned), its `revenue`, the refunds it has promised, and what banks have withdrawn in
 * disputes (with a minus sign) until they give it again or it is lost.
 */
export type LedgerAccount = 'available' | 'blocked' | 'cash' | 'revenue' | 'refunds_due' | 'disputes';

export type CustomerMovementKind = 'deposit' | 'withdrawal' | 'block' | 'capture' | 'release' | 'refund';
export type MovementKind = CustomerMovementKind | ExternalMovementKind;

/** Where an amount is taken from and where it goes. */
export type Posting = readonly [source: LedgerAccount, destination: LedgerAccount];

/** Every kind of movement as a double entry: the source is credited with what the destination is debited with. */
export const postings: Readonly<Record<MovementKind, Posting>> = {
  deposit: ['cash', 'available'],
  withdrawal: ['available', 'cash'],
  block: ['available', 'blocked'],
  capture: ['blocked', 'revenue'],
  release: ['blocked', 'available'],
  refund: ['revenue', 'available'],
  payment: ['cash', 'revenue'],
  refund_due: ['revenue', 'refunds_due'],
  refund_paid: ['refunds_due', 'cash'],
  refund_failed: ['refunds_due', 'revenue'],
  refund_returned: ['cash', 'revenue'],
  dispute_withdrawn: ['disputes', 'cash'],
  dispute_reinstated: ['cash', 'disputes'],
  dispute_lost: ['revenue', 'disputes'],
};

const eventTypeOf = {
  deposit: 'balance.deposited',
  withdrawal: 'balance.withdrawn',
  block: 'balance.blocked',
  capture: 'balance.captured',
  release: 'balance.released',
  refund: 'balance.refunded',
} as const satisfies Readonly<Record<CustomerMovementKind, string>>;

/** One movement of a customer's money, with what is there afterwards. */
export interface Movement {
  readonly id: string;
  readonly kind: CustomerMovementKind;
  /** Happens at most once. */
  readonly reference: string;
  readonly accountId: string;
  readonly orderId: string | null;
  readonly paymentId: string | null;
  readonly currency: string;
  readonly amount: number;
  readonly availableAfter: number;
  readonly blockedAfter: number;
  readonly note: string | null;
  readonly createdAt: Date;
}

export interface Moved {
  readonly account: WalletAccount;
  readonly movement: Movement;
  readonly event: NewEvent;
}

type Draft = Pick<Movement, 'id' | 'kind' | 'reference' | 'amount'> &
  Partial<Pick<Movement, 'orderId' | 'paymentId' | 'note'>>;

/**
 * Moves money of one account.
 * @throws InsufficientFunds, BalanceTooLarge
 */
export function move(account: WalletAccount, draft: Draft, now: Date): Moved {
  const [source, destination] = postings[draft.kind];
  const change = (account: LedgerAccount) =>
    (destination === account ? draft.amount : 0) - (source === account ? draft.amount : 0);
  const available = account.available + change('available');
  const blocked = account.blocked + change('blocked');
  if (available < 0) throw new InsufficientFunds(draft.amount, account.available, account.currency);
  if (blocked < 0) throw new Error(`Account ${account.id} has less blocked than ${draft.reference} wants`);
  if (available + blocked > MAX_BALANCE) throw new BalanceTooLarge();
  const movement: Movement = {
    orderId: null,
    paymentId: null,
    note: null,
    ...draft,
    accountId: account.id,
    currency: account.currency,
    availableAfter: available,
    blockedAfter: blocked,
    createdAt: now,
  };
  return { account: { ...account, available, blocked }, movement, event: eventOf(account.customerId, movement) };
}

function eventOf(customerId: string, m: Movement): NewEvent {
  const { id, currency, amount, availableAfter: available, blockedAfter: blocked, orderId, paymentId } = m;
  const data = {
    movementId: id,
    customerId,
    currency,
    amount,
    available,
    blocked,
    total: available + blocked,
    orderId,
    paymentId,
  };
  return balanceEvent(eventTypeOf[m.kind], { type: 'balance', id: m.accountId }, data);
}

/** What makes each step of a hold happen once. Capturing and releasing share theirs, so that it is never both. */
export const referenceOf = {
  block: ({ orderId }: Hold) => `order:${orderId}:block`,
  settle: ({ orderId }: Hold) => `order:${orderId}:settle`,
  refund: (refundId: string) => `refund:${refundId}:balance`,
};
