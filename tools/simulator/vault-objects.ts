import type { NextAction, PaymentError, Unused } from './objects.js';

/** What is kept for customers, in Stripe's own names (https://docs.stripe.com/api). */

/** Someone for whom payment methods are kept. */
export interface Customer extends Unused<
  'address' | 'currency' | 'default_source' | 'discount' | 'name' | 'phone' | 'shipping' | 'test_clock'
> {
  id: string;
  object: 'customer';
  balance: 0;
  created: number;
  delinquent: false;
  description: string | null;
  email: string | null;
  invoice_prefix: string;
  invoice_settings: {
    custom_fields: null;
    default_payment_method: null;
    footer: null;
    rendering_options: null;
  };
  livemode: false;
  metadata: Record<string, string>;
  next_invoice_sequence: 1;
  preferred_locales: string[];
  tax_exempt: 'none';
}

export interface PaymentMethod extends Unused<'customer_account'> {
  id: string;
  object: 'payment_method';
  allow_redisplay: 'unspecified';
  billing_details: object;
  card: object;
  created: number;
  customer: string | null;
  livemode: false;
  metadata: Record<string, string>;
  type: 'card';
}

/** A payment method and what nobody is told about it. */
export interface StoredMethod {
  method: PaymentMethod;
  /** The test card that it stands for, such as pm_card_visa. */
  card: string;
  /** Whether its bank lets it pay without its payer. */
  isSetUp: boolean;
}

export interface SetupIntent extends Unused<
  | 'application'
  | 'customer_account'
  | 'excluded_payment_method_types'
  | 'flow_directions'
  | 'managed_payments'
  | 'mandate'
  | 'on_behalf_of'
  | 'payment_method_configuration_details'
  | 'single_use_mandate'
> {
  id: string;
  object: 'setup_intent';
  allowed_payment_method_types: string[] | null;
  automatic_payment_methods: { enabled: boolean } | null;
  cancellation_reason: string | null;
  client_secret: string;
  created: number;
  customer: string | null;
  description: string | null;
  last_setup_error: PaymentError | null;
  latest_attempt: string | null;
  livemode: false;
  metadata: Record<string, string>;
  next_action: NextAction | null;
  payment_method: string | null;
  payment_method_options: Record<string, unknown>;
  payment_method_types: string[];
  status: 'requires_payment_method' | 'requires_action' | 'succeeded' | 'canceled';
  usage: 'off_session' | 'on_session';
}
