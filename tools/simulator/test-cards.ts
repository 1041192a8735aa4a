import type { ChargeOutcome, PaymentError } from './objects.js';

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
  // Can be saved, and fails when it is charged.
  chargeCustomerFail: { code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.' },
  authenticationRequiredChargeDeclinedInsufficientFunds: {
    code: 'card_declined',
    decline_code: 'insufficient_funds',
    message: 'Your card has insufficient funds.',
  },
  chargeDeclinedVelocityLimitExceeded: {
    code: 'card_declined',
    decline_code: 'card_velocity_exceeded',
    message: 'Your card was declined.',
  },
};

/** The payer has not passed the challenge of 3-D Secure. */
export const authenticationFailure: PaymentError = {
  type: 'invalid_request_error',
  code: 'payment_intent_authentication_failure',
  message:
    'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
};

/** A card whose bank wants to see its payer, where there is none. */
export const authenticationRequired: PaymentError = {
  type: 'card_error',
  code: 'authentication_required',
  decline_code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

/** Cards that pay although they look risky. */
const riskyCards: Readonly<Record<string, Pick<ChargeOutcome, 'risk_level' | 'risk_score'>>> = {
  riskLevelElevated: { risk_level: 'elevated', risk_score: 68 },
  riskLevelHighest: { risk_level: 'highest', risk_score: 91 },
};

/** Cards whose bank wants to see the payer, each time (or, once set up for it, only on session). */
const challengingCards = new Set([
  'authenticationRequired',
  'authenticationRequiredOnSetup',
  'authenticationRequiredSetupForOffSession',
  'threeDSecureRequired',
  'threeDSecure2Required',
]);

/** Cards whose payer disputes the charge as soon as it is made. */
const disputes: Readonly<Record<string, { reason: string; isInquiry: boolean }>> = {
  createDispute: { reason: 'fraudulent', isInquiry: false },
  createDisputeProductNotReceived: { reason: 'product_not_received', isInquiry: false },
  createDisputeInquiry: { reason: 'fraudulent', isInquiry: true },
};

/** Cards whose refunds take their time, or come back. */
const slowRefunds: Readonly<Record<string, 'pending' | 'fails'>> = { pendingRefund: 'pending', refundFail: 'fails' };

const goodCards = new Set([
  ...Object.keys(riskyCards),
  ...Object.keys(disputes),
  ...Object.keys(slowRefunds),
  'threeDSecureOptional',
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

const nameOf = (paymentMethod: string | null) => /^pm_card_(.+)$/.exec(paymentMethod ?? '')?.[1] ?? '';

/** What is said about a charge with this method. */
export function outcomeOf(paymentMethod: string, declineCode: string | null): ChargeOutcome {
  const risk =
    riskyCards[nameOf(paymentMethod)] ??
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

export type Fate =
  { kind: 'pays' } | { kind: 'challenges' } | { kind: 'declines'; error: PaymentError } | { kind: 'unknown' };

/** What a payment method is going to do. */
export function fateOf(paymentMethod: string): Fate {
  const name = nameOf(paymentMethod);
  if (name === '') return { kind: 'unknown' };
  if (challengingCards.has(name)) return { kind: 'challenges' };
  if (goodCards.has(name)) return { kind: 'pays' };
  const declined = [name, name.replace(/^visa_/, '')].find((one) => Object.hasOwn(declines, one));
  const decline = declined === undefined ? undefined : declines[declined];
  return decline ? { kind: 'declines', error: { type: 'card_error', ...decline } } : { kind: 'unknown' };
}

/** What becomes of saving it. */
export function setupFateOf(paymentMethod: string): Fate {
  const name = nameOf(paymentMethod);
  const isSaved = ['chargeCustomerFail', 'authenticationRequiredSetupForOffSession'].includes(name);
  return isSaved ? { kind: 'pays' } : fateOf(paymentMethod);
}

/** Whether a card that was set up for it pays without its payer, although its bank wants to see them otherwise. */
export function isExemptOnceSetUp(paymentMethod: string): boolean {
  return /^authenticationRequired(OnSetup|SetupForOffSession)$/.test(nameOf(paymentMethod));
}

export function disputeOf(paymentMethod: string | null): { reason: string; isInquiry: boolean } | null {
  const name = nameOf(paymentMethod);
  return Object.hasOwn(disputes, name) ? disputes[name]! : null;
}

/** What becomes of a refund later; null when it is done at once. */
export function refundFateOf(paymentMethod: string | null): 'pending' | 'fails' | null {
  const name = nameOf(paymentMethod);
  return Object.hasOwn(slowRefunds, name) ? slowRefunds[name]! : null;
}
