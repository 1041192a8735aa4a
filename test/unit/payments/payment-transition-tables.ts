import { type PaymentState, type Verb } from '#modules/payments/domain/payment.js';

export const refused = 'refused';

/** What each verb does in each state: the state afterwards and the events, or a refusal. Written out, not computed. */
export const byVerb: Record<Verb, Record<PaymentState, [PaymentState, ...string[]] | typeof refused>> = {
  confirm: {
    requires_payment_method: ['processing', 'processing', 'confirmation_requested'],
    requires_action: ['processing', 'processing', 'confirmation_requested'],
    processing: refused,
    requires_capture: refused,
    succeeded: refused,
    failed: ['processing', 'processing', 'confirmation_requested'],
    canceled: refused,
  },
  capture: {
    requires_payment_method: refused,
    requires_action: refused,
    processing: refused,
    requires_capture: ['requires_capture', 'capture_requested'],
    succeeded: refused,
    failed: refused,
    canceled: refused,
  },
  cancel: {
    requires_payment_method: ['canceled', 'canceled', 'void_requested'],
    requires_action: ['requires_action', 'void_requested'],
    processing: ['processing', 'void_requested'],
    requires_capture: ['requires_capture', 'void_requested'],
    succeeded: refused,
    failed: ['canceled', 'canceled', 'void_requested'],
    canceled: ['canceled'],
  },
  refund: {
    requires_payment_method: refused,
    requires_action: refused,
    processing: refused,
    requires_capture: refused,
    succeeded: ['succeeded', 'refund_requested'],
    failed: refused,
    canceled: refused,
  },
};

export const nothing = 'nothing-new';
/** What each provider state does in each state of ours. */
export const byMessage: Record<PaymentState, Record<PaymentState, [PaymentState, ...string[]] | typeof nothing>> = {
  requires_payment_method: {
    requires_payment_method: nothing,
    requires_action: ['requires_action', 'requires_action'],
    processing: ['processing', 'processing'],
    requires_capture: ['requires_capture', 'authorized'],
    succeeded: ['succeeded', 'succeeded'],
    failed: ['failed', 'failed'],
    canceled: ['canceled', 'canceled'],
  },
  requires_action: {
    requires_payment_method: nothing,
    requires_action: nothing,
    processing: ['processing', 'processing'],
    requires_capture: ['requires_capture', 'authorized'],
    succeeded: ['succeeded', 'succeeded'],
    failed: ['failed', 'failed'],
    canceled: ['canceled', 'canceled'],
  },
  processing: {
    requires_payment_method: nothing,
    requires_action: ['requires_action', 'requires_action'],
    processing: nothing,
    requires_capture: ['requires_capture', 'authorized'],
    succeeded: ['succeeded', 'succeeded'],
    failed: ['failed', 'failed'],
    canceled: ['canceled', 'canceled'],
  },
  requires_capture: {
    requires_payment_method: nothing,
    requires_action: nothing,
    processing: nothing,
    requires_capture: nothing,
    succeeded: ['succeeded', 'succeeded'],
    failed: nothing,
    canceled: ['canceled', 'canceled'],
  },
  succeeded: {
    requires_payment_method: nothing,
    requires_action: nothing,
    processing: nothing,
    requires_capture: nothing,
    succeeded: nothing,
    failed: nothing,
    canceled: nothing,
  },
  failed: {
    requires_payment_method: nothing,
    requires_action: nothing,
    // The buyer may try again after a failure; a late event that says "processing" does not do it for them.
    processing: nothing,
    requires_capture: ['requires_capture', 'authorized'],
    succeeded: ['succeeded', 'succeeded'],
    failed: nothing,
    canceled: ['canceled', 'canceled'],
  },
  canceled: {
    requires_payment_method: nothing,
    requires_action: nothing,
    processing: nothing,
    // Authorized in a browser after it was given up: it is let go again.
    requires_capture: ['canceled', 'void_requested'],
    succeeded: ['succeeded', 'succeeded'],
    failed: nothing,
    canceled: nothing,
  },
};
