/** The part of Stripe's objects that is simulated, in Stripe's own names (https://docs.stripe.com/api). */

export interface PaymentError {
  type: 'card_error' | 'invalid_request_error' | 'api_error' | 'idempotency_error';
  code: string;
  message: string;
  decline_code?: string;
  param?: string;
  charge?: string;
  payment_intent?: PaymentIntent;
  setup_intent?: object;
  payment_method?: object;
}

/** What the payer must do: go to a page, or let Stripe.js do it. */
export type NextAction =
  | { type: 'redirect_to_url'; redirect_to_url: { url: string; return_url: string } }
  | { type: 'use_stripe_sdk'; use_stripe_sdk: { type: 'three_d_secure_redirect'; stripe_js: string; source: string } };

/** Members that Stripe always sends and that mean nothing here. */
export type Unused<Name extends string> = { [Member in Name]: null };

export interface PaymentIntent extends Unused<
  | 'application'
  | 'application_fee_amount'
  | 'customer_account'
  | 'excluded_payment_method_types'
  | 'managed_payments'
  | 'on_behalf_of'
  | 'payment_method_configuration_details'
  | 'payment_record'
  | 'processing'
  | 'review'
  | 'shipping'
  | 'source'
  | 'statement_descriptor_suffix'
  | 'transfer_group'
> {
  id: string;
  object: 'payment_intent';
  allowed_payment_method_types: string[] | null;
  amount: number;
  amount_capturable: number;
  amount_details: { tip: Record<string, never> };
  amount_received: number;
  automatic_payment_methods: { enabled: boolean } | null;
  capture_method: 'automatic' | 'automatic_async' | 'manual';
  client_secret: string;
  confirmation_method: 'automatic' | 'manual';
  created: number;
  currency: string;
  customer: string | null;
  description: string | null;
  last_payment_error: PaymentError | null;
  latest_charge: string | null;
  livemode: false;
  metadata: Record<string, string>;
  next_action: NextAction | null;
  payment_method: string | null;
  payment_method_options: Record<string, unknown>;
  payment_method_types: string[];
  receipt_email: string | null;
  setup_future_usage: 'off_session' | 'on_session' | null;
  statement_descriptor: string | null;
  status: 'requires_payment_method' | 'requires_action' | 'processing' | 'requires_capture' | 'succeeded' | 'canceled';
  canceled_at: number | null;
  cancellation_reason: string | null;
}

/** An intent and what is still going to happen to it. */
export interface StoredIntent {
  intent: PaymentIntent;
  /** Unix milliseconds at which the bank has decided; null when nothing is under way. */
  decidedAt: number | null;
  refunded: number;
  /** Whether the payer has passed the challenge of this attempt. */
  isAuthenticated?: boolean;
}

export interface Refund extends Unused<
  'customer' | 'customer_account' | 'receipt_number' | 'source_transfer_reversal' | 'transfer_reversal'
> {
  id: string;
  object: 'refund';
  amount: number;
  balance_transaction: string | null;
  charge: string | null;
  created: number;
  currency: string;
  failure_reason?: string;
  metadata: Record<string, string>;
  payment_intent: string;
  payment_method: string | null;
  reason: string | null;
  status: 'pending' | 'succeeded' | 'failed' | 'canceled';
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

export interface Charge extends Unused<
  | 'application'
  | 'application_fee'
  | 'application_fee_amount'
  | 'failure_balance_transaction'
  | 'on_behalf_of'
  | 'receipt_number'
  | 'review'
  | 'shipping'
  | 'source'
  | 'source_transfer'
  | 'statement_descriptor'
  | 'statement_descriptor_suffix'
  | 'transfer_data'
  | 'transfer_group'
> {
  id: string;
  object: 'charge';
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  balance_transaction: string | null;
  billing_details: { address: null; email: null; name: null; phone: null; tax_id: null };
  calculated_statement_descriptor: string;
  captured: boolean;
  created: number;
  currency: string;
  customer: string | null;
  description: string | null;
  disputed: boolean;
  failure_code: string | null;
  failure_message: string | null;
  fraud_details: Record<string, never>;
  livemode: false;
  metadata: Record<string, string>;
  outcome: ChargeOutcome;
  paid: boolean;
  payment_intent: string;
  payment_method: string | null;
  payment_method_details: object;
  receipt_email: string | null;
  receipt_url: string | null;
  refunded: boolean;
  status: 'succeeded' | 'failed';
}

export interface Dispute {
  id: string;
  object: 'dispute';
  amount: number;
  balance_transactions: {
    id: string;
    object: 'balance_transaction';
    amount: number;
    currency: string;
    type: 'adjustment';
  }[];
  charge: string;
  created: number;
  currency: string;
  enhanced_eligibility_types: string[];
  evidence: Record<string, string | null>;
  evidence_details: {
    due_by: number | null;
    enhanced_eligibility: Record<string, never>;
    has_evidence: boolean;
    past_due: boolean;
    submission_count: number;
  };
  intended_submission_method: null;
  is_charge_refundable: boolean;
  livemode: false;
  metadata: Record<string, string>;
  payment_intent: string;
  reason: string;
  status: 'warning_needs_response' | 'warning_closed' | 'needs_response' | 'under_review' | 'won' | 'lost';
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
