import { randomBytes } from 'node:crypto';
import { unixNow } from './answers.js';
import { record, text, type Form } from './form.js';
import { outcomeOf, type Charge, type PaymentIntent, type Refund } from './objects.js';

export function newIntent(amount: number, currency: string, form: Form): PaymentIntent {
  const id = `pi_${randomBytes(12).toString('hex')}`;
  return {
    id,
    object: 'payment_intent',
    amount,
    amount_capturable: 0,
    amount_received: 0,
    capture_method: text(form, 'capture_method') === 'manual' ? 'manual' : 'automatic',
    client_secret: `${id}_secret_${randomBytes(12).toString('hex')}`,
    created: unixNow(),
    currency,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: record(form, 'metadata'),
    payment_method: null,
    payment_method_types: Object.values(record(form, 'allowed_payment_method_types')),
    status: 'requires_payment_method',
    canceled_at: null,
    cancellation_reason: null,
  };
}

export function newCharge(intent: PaymentIntent, amount: number, declineCode: string | null): Charge {
  return {
    id: `ch_${randomBytes(12).toString('hex')}`,
    object: 'charge',
    amount,
    amount_refunded: 0,
    created: unixNow(),
    currency: intent.currency,
    metadata: intent.metadata,
    outcome: outcomeOf(intent.payment_method!, declineCode),
    paid: declineCode === null,
    payment_intent: intent.id,
    status: declineCode === null ? 'succeeded' : 'failed',
  };
}

export function newRefund(intent: PaymentIntent, amount: number, form: Form): Refund {
  return {
    id: `re_${randomBytes(12).toString('hex')}`,
    object: 'refund',
    amount,
    charge: intent.latest_charge,
    created: unixNow(),
    currency: intent.currency,
    metadata: record(form, 'metadata'),
    payment_intent: intent.id,
    reason: text(form, 'reason') ?? null,
    status: 'succeeded',
  };
}
