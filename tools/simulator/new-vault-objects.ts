import { randomBytes } from 'node:crypto';
import { unixNow } from './answers.js';
import { record, text, type Form } from './form.js';
import { cardFacts, newId, noBilling } from './new-objects.js';
import type { Customer, PaymentMethod, SetupIntent } from './vault-objects.js';

export function newCustomer(form: Form): Customer {
  return {
    id: newId('cus'),
    object: 'customer',
    address: null,
    balance: 0,
    created: unixNow(),
    currency: null,
    default_source: null,
    delinquent: false,
    description: text(form, 'description') ?? null,
    discount: null,
    email: text(form, 'email') ?? null,
    invoice_prefix: randomBytes(4).toString('hex').toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: record(form, 'metadata'),
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
}

/** @param card the test card that it stands for */
export function newMethod(card: string): PaymentMethod {
  return {
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: noBilling,
    card: cardFacts(card),
    created: unixNow(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  };
}

export function newSetup(form: Form): SetupIntent {
  const id = newId('seti');
  const allowed = Object.values(record(form, 'allowed_payment_method_types'));
  const types = Object.values(record(form, 'payment_method_types'));
  return {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: allowed.length > 0 ? allowed : null,
    application: null,
    automatic_payment_methods: types.length === 0 ? { enabled: true } : null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${randomBytes(12).toString('hex')}`,
    created: unixNow(),
    customer: text(form, 'customer') ?? null,
    customer_account: null,
    description: text(form, 'description') ?? null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    managed_payments: null,
    mandate: null,
    metadata: record(form, 'metadata'),
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: types.length > 0 ? types : allowed.length > 0 ? allowed : ['card'],
    single_use_mandate: null,
    status: 'requires_payment_method',
    usage: text(form, 'usage') === 'on_session' ? 'on_session' : 'off_session',
  };
}
