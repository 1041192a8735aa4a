import { randomBytes } from 'node:crypto';
import { unixNow } from './answers.js';
import { record, text, type Form } from './form.js';
import type { Charge, Dispute, PaymentIntent, Refund } from './objects.js';
import { outcomeOf } from './test-cards.js';

export const newId = (prefix: string) => `${prefix}_${randomBytes(12).toString('hex')}`;

export function newIntent(amount: number, currency: string, form: Form): PaymentIntent {
  const id = newId('pi');
  const allowed = Object.values(record(form, 'allowed_payment_method_types'));
  const types = Object.values(record(form, 'payment_method_types'));
  const given = text(form, 'capture_method');
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: allowed.length > 0 ? allowed : null,
    amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: types.length === 0 ? { enabled: true } : null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: given === 'manual' || given === 'automatic_async' ? given : 'automatic',
    client_secret: `${id}_secret_${randomBytes(12).toString('hex')}`,
    confirmation_method: text(form, 'confirmation_method') === 'manual' ? 'manual' : 'automatic',
    created: unixNow(),
    currency,
    customer: text(form, 'customer') ?? null,
    customer_account: null,
    description: text(form, 'description') ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: record(form, 'metadata'),
    next_action: null,
    on_behalf_of: null,
    payment_method: text(form, 'payment_method') ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: types.length > 0 ? types : allowed.length > 0 ? allowed : ['card'],
    payment_record: null,
    processing: null,
    receipt_email: text(form, 'receipt_email') ?? null,
    review: null,
    setup_future_usage: futureUsage(text(form, 'setup_future_usage')),
    shipping: null,
    source: null,
    statement_descriptor: text(form, 'statement_descriptor') ?? null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_group: null,
  };
}

function futureUsage(given: string | undefined): PaymentIntent['setup_future_usage'] {
  return given === 'off_session' || given === 'on_session' ? given : null;
}

export const noBilling = { address: null, email: null, name: null, phone: null, tax_id: null } as const;

export function newCharge(
  intent: PaymentIntent,
  amount: number,
  /** The test card that the method stands for. */
  card: string,
  failure: { code: string; decline_code?: string; message: string } | null,
): Charge {
  const isCaptured = failure === null && intent.capture_method !== 'manual';
  return {
    id: newId('ch'),
    object: 'charge',
    amount,
    amount_captured: isCaptured ? amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: isCaptured ? newId('txn') : null,
    billing_details: noBilling,
    calculated_statement_descriptor: 'SIMULATED SHOP',
    captured: isCaptured,
    created: unixNow(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(card, failure && (failure.decline_code ?? failure.code)),
    paid: failure === null,
    payment_intent: intent.id,
    payment_method: intent.payment_method,
    payment_method_details: cardDetails(amount, card),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: failure === null ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
  };
}

function cardDetails(amount: number, card: string): object {
  return {
    type: 'card',
    card: {
      amount_authorized: amount,
      ...cardFacts(card),
      network: 'visa',
      three_d_secure: null,
    },
  };
}

const lastDigits: Readonly<Record<string, string>> = {
  mastercard: '4444',
  amex: '8431',
  discover: '9424',
  jcb: '0505',
};

/** What a card shows of itself. @param card a test card, such as pm_card_visa */
export function cardFacts(card: string): object {
  const name = /^pm_card_([a-z]+)/.exec(card)?.[1] ?? '';
  return {
    brand: name in lastDigits ? name : 'visa',
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    country: 'US',
    exp_month: 12,
    exp_year: 2034,
    fingerprint: 'simulated',
    funding: 'credit',
    generated_from: null,
    last4: lastDigits[name] ?? '4242',
    networks: { available: ['visa'], preferred: null },
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

export function newRefund(intent: PaymentIntent, amount: number, form: Form, status: Refund['status']): Refund {
  return {
    id: newId('re'),
    object: 'refund',
    amount,
    balance_transaction: newId('txn'),
    charge: intent.latest_charge,
    created: unixNow(),
    currency: intent.currency,
    customer: null,
    customer_account: null,
    metadata: record(form, 'metadata'),
    payment_intent: intent.id,
    payment_method: intent.payment_method,
    reason: text(form, 'reason') ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status,
    transfer_reversal: null,
  };
}

/** @param dueBy until when evidence is taken, in Unix seconds */
export function newDispute(
  charge: Charge,
  { reason, isInquiry }: { reason: string; isInquiry: boolean },
  dueBy: number,
): Dispute {
  return {
    id: newId('dp'),
    object: 'dispute',
    amount: charge.amount_captured,
    balance_transactions: isInquiry ? [] : [movement(-charge.amount_captured, charge.currency)],
    charge: charge.id,
    created: unixNow(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: {},
    evidence_details: {
      due_by: dueBy,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    intended_submission_method: null,
    is_charge_refundable: isInquiry,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason,
    status: isInquiry ? 'warning_needs_response' : 'needs_response',
  };
}

/** Money that Stripe takes from the shop's balance (negative) or gives again. */
export function movement(amount: number, currency: string): Dispute['balance_transactions'][number] {
  return { id: newId('txn'), object: 'balance_transaction', amount, currency, type: 'adjustment' };
}
