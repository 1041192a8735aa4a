/** The part of Stripe's objects that is simulated, in Stripe's own names (https://docs.stripe.com/api). */

export interface PaymentError {
  type: 'card_error' | 'invalid_request_error' | 'api_error' | 'idempotency_error';
  code: string;
  message: string;
  decline_code?: string;
  param?: string;
  payment_intent?: PaymentIntent;
}

export interface PaymentIntent {
  id: string;
  object: 'payment_intent';
  amount: number;
  amount_capturable: number;
  amount_received: number;
  capture_method: 'automatic' | 'manual';
  client_secret: string;
  created: number;
  currency: string;
  last_payment_error: PaymentError | null;
  latest_charge: string | null;
  livemode: false;
  metadata: Record<string, string>;
  payment_method: string | null;
  payment_method_types: string[];
  status: 'requires_payment_method' | 'processing' | 'requires_capture' | 'succeeded' | 'canceled';
  canceled_at: number | null;
  cancellation_reason: string | null;
}

/** An intent and what is still going to happen to it. */
export interface StoredIntent {
  intent: PaymentIntent;
  /** Unix milliseconds at which the bank has decided; null when nothing is under way. */
  decidedAt: number | null;
  refunded: number;
}

export interface Refund {
  id: string;
  object: 'refund';
  amount: number;
  charge: string | null;
  created: number;
  currency: string;
  metadata: Record<string, string>;
  payment_intent: string;
  reason: string | null;
  status: 'pending' | 'succeeded' | 'failed';
}

/** What Stripe's fraud detection and the issuer said (https://docs.stripe.com/api/charges/object#charge_object-outcome). */
export interface ChargeOutcome {
  network_status: 'approved_by_network' | 'declined_by_network' | 'not_sent_to_network';
  reason: string | null;
  risk_level: 'normal' | 'elevated' | 'highest';
  risk_score: number;
  seller_message: string;
  type: 'authorized' | 'issuer_declined' | 'blocked';
}

export interface Charge {
  id: string;
  object: 'charge';
  amount: number;
  amount_refunded: number;
  created: number;
  currency: string;
  metadata: Record<string, string>;
  outcome: ChargeOutcome;
  paid: boolean;
  payment_intent: string;
  status: 'succeeded' | 'failed';
}

export interface StripeEvent {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: unknown };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}

/** An event and the state of its delivery. */
export interface StoredEvent {
  event: StripeEvent;
  /** Unix milliseconds of the next attempt; null when it was delivered or given up. */
  dueAt: number | null;
  attempts: number;
  /** How often it is still sent after it was accepted. */
  again?: number;
}

/** What Stripe's test payment methods do (https://docs.stripe.com/testing). */
const declines: Readonly<Record<string, { code: string; decline_code?: string; message: string }>> = {
  chargeDeclined: { code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.' },
  chargeDeclinedInsufficientFunds: {
    code: 'card_declined',
    decline_code: 'insufficient_funds',
    message: 'Your card has insufficient funds.',
  },
  chargeDeclinedLostCard: { code: 'card_declined', decline_code: 'lost_card', message: 'Your card was declined.' },
  chargeDeclinedStolenCard: { code: 'card_declined', decline_code: 'stolen_card', message: 'Your card was declined.' },
  chargeDeclinedFraudulent: { code: 'card_declined', decline_code: 'fraudulent', message: 'Your card was declined.' },
  chargeDeclinedExpiredCard: { code: 'expired_card', message: 'Your card has expired.' },
  chargeDeclinedIncorrectCvc: { code: 'incorrect_cvc', message: "Your card's security code is incorrect." },
  chargeDeclinedProcessingError: {
    code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
  },
  chargeDeclinedVelocityLimitExceeded: {
    code: 'card_declined',
    decline_code: 'card_velocity_exceeded',
    message: 'Your card was declined.',
  },
};

/** Cards that pay although they look risky. */
const riskyCards: Readonly<Record<string, Pick<ChargeOutcome, 'risk_level' | 'risk_score'>>> = {
  riskLevelElevated: { risk_level: 'elevated', risk_score: 68 },
  riskLevelHighest: { risk_level: 'highest', risk_score: 91 },
};

const goodCards = new Set([
  ...Object.keys(riskyCards),
  'visa',
  'visa_debit',
  'mastercard',
  'mastercard_debit',
  'mastercard_prepaid',
  'amex',
  'discover',
  'diners',
  'jcb',
  'unionpay',
  'us',
  'de',
  'gb',
  'fr',
  'jp',
]);

/** What is said about a charge with this method. */
export function outcomeOf(paymentMethod: string, declineCode: string | null): ChargeOutcome {
  const name = paymentMethod.replace(/^pm_card_/, '');
  const risk =
    riskyCards[name] ??
    (declineCode === 'fraudulent'
      ? { risk_level: 'highest' as const, risk_score: 95 }
      : { risk_level: 'normal' as const, risk_score: 12 });
  return declineCode === null
    ? {
        network_status: 'approved_by_network',
        reason: null,
        seller_message: 'Payment complete.',
        type: 'authorized',
        ...risk,
      }
    : {
        network_status: 'declined_by_network',
        reason: declineCode,
        seller_message: 'The bank did not return any further details.',
        type: 'issuer_declined',
        ...risk,
      };
}

export type Fate = { kind: 'pays' } | { kind: 'declines'; error: PaymentError } | { kind: 'unknown' };

/** What a payment method is going to do. */
export function fateOf(paymentMethod: string): Fate {
  const name = /^pm_card_(.+)$/.exec(paymentMethod)?.[1];
  if (name === undefined) return { kind: 'unknown' };
  if (goodCards.has(name)) return { kind: 'pays' };
  const decline = declines[name] ?? declines[name.replace(/^visa_/, '')];
  return decline ? { kind: 'declines', error: { type: 'card_error', ...decline } } : { kind: 'unknown' };
}
