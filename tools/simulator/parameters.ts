import { invalid } from './answers.js';
import type { Form } from './form.js';

/** What each call takes. Stripe refuses everything else, so that a misspelled parameter does not pass silently. */
const parameters: Readonly<Record<string, readonly string[]>> = {
  'POST v1/payment_intents': [
    'allowed_payment_method_types',
    'amount',
    'automatic_payment_methods',
    'capture_method',
    'confirm',
    'confirmation_method',
    'currency',
    'customer',
    'description',
    'error_on_requires_action',
    'expand',
    'metadata',
    'off_session',
    'payment_method',
    'payment_method_options',
    'payment_method_types',
    'receipt_email',
    'return_url',
    'setup_future_usage',
    'shipping',
    'statement_descriptor',
    'statement_descriptor_suffix',
  ],
  'POST v1/payment_intents/:id': [
    'amount',
    'currency',
    'customer',
    'description',
    'expand',
    'metadata',
    'receipt_email',
  ],
  'POST v1/payment_intents/:id/confirm': [
    'capture_method',
    'error_on_requires_action',
    'expand',
    'off_session',
    'payment_method',
    'payment_method_options',
    'payment_method_types',
    'receipt_email',
    'return_url',
    'setup_future_usage',
    'shipping',
  ],
  'POST v1/payment_intents/:id/capture': [
    'amount_to_capture',
    'expand',
    'final_capture',
    'metadata',
    'statement_descriptor',
  ],
  'POST v1/payment_intents/:id/cancel': ['cancellation_reason', 'expand'],
  'POST v1/customers': ['description', 'email', 'expand', 'metadata', 'name', 'phone'],
  'POST v1/setup_intents': [
    'allowed_payment_method_types',
    'automatic_payment_methods',
    'confirm',
    'customer',
    'description',
    'expand',
    'metadata',
    'payment_method',
    'payment_method_options',
    'payment_method_types',
    'return_url',
    'usage',
  ],
  'POST v1/setup_intents/:id/confirm': ['expand', 'payment_method', 'payment_method_options', 'return_url'],
  'POST v1/setup_intents/:id/cancel': ['cancellation_reason', 'expand'],
  'POST v1/payment_methods/:id/attach': ['customer', 'expand'],
  'POST v1/payment_methods/:id/detach': ['expand'],
  'POST v1/refunds': ['amount', 'charge', 'expand', 'metadata', 'payment_intent', 'reason'],
  'POST v1/disputes/:id': ['evidence', 'expand', 'metadata', 'submit'],
  'POST v1/disputes/:id/close': ['expand'],
};

/** Of every list, and those of single ones. */
const queryOfLists = ['limit', 'starting_after', 'ending_before', 'created', 'expand'];
const filters: Readonly<Record<string, readonly string[]>> = {
  'GET v1/payment_intents': ['customer'],
  'GET v1/refunds': ['payment_intent', 'charge'],
  'GET v1/charges': ['payment_intent', 'customer'],
  'GET v1/disputes': ['payment_intent', 'charge'],
  'GET v1/customers': ['email'],
  'GET v1/payment_methods': ['customer', 'type'],
  'GET v1/setup_intents': ['customer', 'payment_method'],
  'GET v1/events': ['type', 'types', 'delivery_success'],
};

/** @param call method and path as a pattern, such as `POST v1/refunds` */
export function refuseUnknown(call: string, form: Form, query: URLSearchParams): void {
  const known = parameters[call];
  if (known) refuse(Object.keys(form).find((name) => !known.includes(name)));
  const filter = filters[call];
  if (!filter) return;
  refuse(
    [...query.keys()].map((name) => name.split('[')[0]!).find((name) => ![...queryOfLists, ...filter].includes(name)),
  );
  const limit = query.get('limit');
  if (limit !== null && !(/^\d+$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 100))
    throw invalid(
      400,
      `This value must be less than or equal to 100 (it currently is '${limit}').`,
      'parameter_invalid_integer',
      'limit',
    );
}

function refuse(name: string | undefined): void {
  if (name !== undefined) throw invalid(400, `Received unknown parameter: ${name}`, 'parameter_unknown', name);
}

/** Smallest charges (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts), in Stripe's smallest unit. */
const minimums: Readonly<Record<string, number>> = {
  usd: 50, eur: 50, gbp: 30, aud: 50, brl: 50, cad: 50, chf: 50, inr: 50, nzd: 50, sgd: 50, jpy: 50, dkk: 250, nok: 300,
  sek: 300, czk: 1500, hkd: 400, huf: 17500, mxn: 1000, myr: 200, pln: 200, ron: 200, thb: 1000, aed: 200, bgn: 100,
}; // prettier-ignore
const MAXIMUM = 99_999_999;
/** Currencies in which a charge may have more digits. */
const longAmounts = new Set(['idr', 'lbp', 'cop', 'huf', 'jpy', 'inr', 'vnd', 'krw', 'clp', 'pyg', 'ugx', 'isk']);

export function checkAmount(amount: number | undefined, currency: string | undefined, smallest: number): void {
  if (amount === undefined) throw invalid(400, 'Missing required param: amount.', 'parameter_missing', 'amount');
  if (!currency) throw invalid(400, 'Missing required param: currency.', 'parameter_missing', 'currency');
  if (!isCurrency(currency))
    throw invalid(
      400,
      `Invalid currency: ${currency.toLowerCase()}. Stripe currently supports these currencies: ...`,
      undefined,
      'currency',
    );
  if (amount < 1)
    throw invalid(400, 'This value must be greater than or equal to 1.', 'parameter_invalid_integer', 'amount');
  const least = Math.max(smallest, minimums[currency.toLowerCase()] ?? 0);
  if (amount < least)
    throw invalid(
      400,
      `Amount must be no less than ${least} ${currency} (in its smallest unit).`,
      'amount_too_small',
      'amount',
    );
  if (amount > MAXIMUM && !longAmounts.has(currency.toLowerCase()))
    throw invalid(400, `Amount must be no more than ${MAXIMUM} ${currency}.`, 'amount_too_large', 'amount');
}

/** Three-letter codes that are no currency at Stripe either: funds, metals, and what ECMA-402 lists of the past. */
const known = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()));

function isCurrency(text: string): boolean {
  return (
    /^[A-Za-z]{3}$/.test(text) &&
    known.has(text.toLowerCase()) &&
    !/^x[a-z]{2}$/.test(text.toLowerCase().replace(/^x(af|of|pf|cd)$/, 'aaa'))
  );
}
