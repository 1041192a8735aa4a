import type { JsonObject } from '#kernel/json.js';

export type PaymentState =
  | 'requires_payment_method'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'succeeded'
  | 'failed'
  | 'canceled';
export type CaptureMethod = 'automatic' | 'manual';

/**
 * The state machine. Money is a fact: a success is believed from every state but a success, even when we had given the
 * payment up; what is not wanted any more goes back. Compared with the schema's CHECK by a test.
 */
export const nextStates: Readonly<Record<PaymentState, readonly PaymentState[]>> = {
  requires_payment_method: ['requires_action', 'processing', 'requires_capture', 'succeeded', 'failed', 'canceled'],
  requires_action: ['processing', 'requires_capture', 'succeeded', 'failed', 'canceled'],
  processing: ['requires_action', 'requires_capture', 'succeeded', 'failed', 'canceled'],
  requires_capture: ['succeeded', 'canceled'],
  failed: ['processing', 'requires_capture', 'succeeded', 'canceled'],
  canceled: ['succeeded'],
  succeeded: [],
};

/** Which states each verb is for; in every other it is refused. Canceling what is canceled changes nothing. */
export const verbs = {
  confirm: ['requires_payment_method', 'requires_action', 'failed'],
  capture: ['requires_capture'],
  cancel: ['requires_payment_method', 'requires_action', 'processing', 'requires_capture', 'failed', 'canceled'],
  refund: ['succeeded'],
} as const satisfies Record<string, readonly PaymentState[]>;

export type Verb = keyof typeof verbs;

/** The name under which payments from balances are kept. */
export const BALANCE = 'balance';

/** States in which a payment occupies its order: there is at most one such payment per order (superseded ones aside). */
export const liveStates: readonly PaymentState[] = [
  'requires_payment_method',
  'requires_action',
  'processing',
  'requires_capture',
  'succeeded',
];

export interface PaymentError {
  readonly code: string;
  readonly message: string;
  readonly declineCode?: string | null;
}

export interface Payment {
  readonly id: string;
  readonly orderId: string | null;
  readonly provider: string;
  /** The provider's own id (pi_...); null until the provider has answered. */
  readonly providerReference: string | null;
  readonly clientSecret: string | null;
  /** The payment method it was last confirmed with. */
  readonly method: string | null;
  readonly amount: number;
  readonly amountCaptured: number;
  /** Refunded or being refunded. */
  readonly amountRefunded: number;
  /** In disputes that are open or lost. */
  readonly amountDisputed: number;
  readonly currency: string;
  readonly captureMethod: CaptureMethod;
  readonly status: PaymentState;
  /** What the payer must do, as the provider says it (Stripe: next_action); null in every state but requires_action. */
  readonly nextAction: JsonObject | null;
  /** Asked for and not answered yet; null when no capture is under way. */
  readonly captureRequested: number | null;
  /**
   * Its money is not wanted (any more): it was given up, its order was canceled, or another payment pays the order. What
   * is authorized is voided, what was captured goes back.
   */
  readonly superseded: boolean;
  readonly lastError: PaymentError | null;
  /** The provider's id of the attempt that failed last. */
  readonly failedCharge: string | null;
  /** What the intent may be paid with; part of the question to the provider, so it is the same at every repetition. */
  readonly methodTypes: readonly string[];
  /** What the provider thinks of the risk of fraud. */
  readonly risk: Risk | null;
  /** Where the outcome is posted to, for payments that were made in one request. */
  readonly webhookUrl: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The provider's judgement, in its own words (Stripe: charge.outcome). */
export interface Risk {
  readonly level: string | null;
  readonly score: number | null;
  readonly outcome: string | null;
  readonly reason: string | null;
}

/** What can still be refunded: disputed money is not the shop's to give. */
export function refundable({ amountCaptured, amountRefunded, amountDisputed }: Payment): number {
  return Math.max(0, amountCaptured - amountRefunded - amountDisputed);
}

export function changedAt(payment: Payment, now: Date): Payment {
  return { ...payment, version: payment.version + 1, updatedAt: now };
}

export function moved(payment: Payment, status: PaymentState, now: Date): Payment {
  return changedAt({ ...payment, status, nextAction: null }, now);
}

/** A card that its bank or issuer has refused: a person who tries out stolen cards must not learn why. */
const DECLINED: PaymentError = {
  code: 'card_declined',
  message: 'The card was declined.',
  declineCode: 'generic_decline',
};

/** An error as the payer may see it. */
export function errorForPayer(error: PaymentError | null): PaymentError | null {
  if (error === null) return null;
  const isAboutCard = error.declineCode != null || /card|cvc|number|funds|expir|fraud/.test(error.code);
  return isAboutCard ? DECLINED : error;
}

/** A payment as its payer may see it: no reasons of a decline, no judgement of risk, nothing that confirms it. */
export function forPayer(payment: Payment): Payment {
  return {
    ...payment,
    lastError: errorForPayer(payment.lastError),
    risk: null,
    clientSecret: null,
    failedCharge: null,
    webhookUrl: null,
  };
}
