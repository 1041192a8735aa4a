import {
  amount,
  count,
  currency,
  flag,
  nullable,
  object,
  oneOf,
  optional,
  freeText,
  text,
  timestamp,
  uuid,
} from '#kernel/schema.js';
import type { Schema } from '#kernel/schema.js';
import { eventsOf, eventType, type EventOf, type PayloadsOf } from '#ports/events.js';
import { methodEvents } from './method-events.js';

const lastError: Schema<{ readonly code: string; readonly message: string; readonly declineCode?: string | null }> = {
  json: {
    type: 'object',
    description: 'Why the last attempt failed',
    properties: { code: text.json, message: text.json, declineCode: nullable(text).json },
  },
};
const payment = {
  paymentId: uuid,
  orderId: nullable(uuid),
  provider: text,
  providerReference: nullable(text),
  status: oneOf(
    'requires_payment_method',
    'requires_action',
    'processing',
    'requires_capture',
    'succeeded',
    'failed',
    'canceled',
  ),
  amount,
  amountCaptured: amount,
  amountRefunded: amount,
  currency,
  captureMethod: oneOf('automatic', 'manual'),
  lastError: optional(lastError),
};
const dispute = {
  disputeId: uuid,
  disputeAmount: amount,
  disputeReason: text,
  disputeStatus: oneOf('open', 'won', 'lost'),
  funds: oneOf('held', 'withdrawn', 'reinstated'),
};
const refund = { refundId: uuid, refundAmount: amount, reason: nullable(freeText) };

const paymentExample = {
  paymentId: '01939d00-0000-7000-8000-000000000201',
  orderId: '01939d00-0000-7000-8000-000000000105',
  provider: 'stripe',
  providerReference: 'pi_3ExampleExample',
  status: 'processing',
  amount: 5899,
  amountCaptured: 0,
  amountRefunded: 0,
  currency: 'USD',
  captureMethod: 'automatic',
} as const;
const paidExample = { ...paymentExample, status: 'succeeded', amountCaptured: 5899 } as const;
const authorizedExample = { ...paymentExample, status: 'requires_capture', captureMethod: 'manual' } as const;
const disputeExample = {
  ...paidExample,
  disputeId: '01939d00-0000-7000-8000-000000000801',
  disputeAmount: 5899,
  disputeReason: 'product_not_received',
  disputeStatus: 'open',
  funds: 'withdrawn',
} as const;
const refundExample = {
  ...paidExample,
  amountRefunded: 1000,
  refundId: '01939d00-0000-7000-8000-000000000701',
  refundAmount: 1000,
  reason: 'one was broken',
} as const;

function told<Payload>(description: string, payload: Schema<Payload>, example: Payload) {
  return eventType({ version: 1, isPublic: true, description, payload, example });
}

function internal<Payload>(
  description: string,
  payload: Schema<Payload>,
  example: Payload,
  aliases?: readonly string[],
) {
  return eventType({ version: 1, isPublic: false, description, payload, example, aliases });
}

const reconciliationId = '01939d00-0000-7000-8000-000000000401';

export const paymentEvents = {
  'payment.processing': told(
    'A payment was confirmed with a payment method; the provider is called.',
    object(payment),
    paymentExample,
  ),
  'payment.requires_action': told(
    'The payer must do something, such as a 3-D Secure challenge; GET the payment for its `nextAction`.',
    object(payment),
    { ...paymentExample, status: 'requires_action' },
  ),
  'payment.authorized': told('The payment is authorized and can be captured.', object(payment), authorizedExample),
  'payment.succeeded': told(
    'The payment was captured. `amountReleased` is what was authorized but not captured.',
    object({ ...payment, amountReleased: amount }),
    { ...paidExample, amountReleased: 0 },
  ),
  'payment.failed': told('The attempt failed; it may be confirmed again with another method.', object(payment), {
    ...paymentExample,
    status: 'failed',
    lastError: { code: 'card_declined', message: 'Your card was declined.', declineCode: 'insufficient_funds' },
  }),
  'payment.canceled': told('The payment was canceled; nothing will be captured.', object(payment), {
    ...paymentExample,
    status: 'canceled',
  }),
  'payment.refunded': told('A refund has succeeded.', object({ ...payment, ...refund }), refundExample),
  'payment.disputed': told(
    'The payer’s bank disputes the payment. `funds` says where the disputed money is.',
    object({ ...payment, ...dispute }),
    disputeExample,
  ),
  'payment.dispute_closed': told(
    'A dispute was closed. `lost`: the money is gone and recorded as a loss.',
    object({ ...payment, ...dispute }),
    { ...disputeExample, disputeStatus: 'lost' },
  ),

  'payment.dispute_updated': internal(
    'The money of a dispute was withdrawn or reinstated, or the evidence deadline changed.',
    object({ ...payment, ...dispute }),
    disputeExample,
  ),
  'payment.created': internal('A payment was started; its intent is created at the provider.', object(payment), {
    ...paymentExample,
    status: 'requires_payment_method',
  }),
  'payment.confirmation_requested': internal(
    'The provider is to confirm the payment with this method.',
    object({
      ...payment,
      paymentMethodId: text,
      returnUrl: optional(freeText),
      providerCustomer: optional(text),
      isOffSession: optional(flag),
    }),
    { ...paymentExample, paymentMethodId: 'pm_card_visa' },
  ),
  'payment.capture_requested': internal(
    'The provider is to capture an authorized payment.',
    object({ ...payment, amountToCapture: amount }),
    { ...authorizedExample, amountToCapture: 5899 },
  ),
  'payment.capture_failed': internal('The provider refused to capture.', object(payment), authorizedExample),
  'payment.void_requested': internal('The provider is to void a canceled payment.', object(payment), authorizedExample),
  'payment.refund_requested': internal(
    'The provider is to refund a part of what was captured.',
    object({ ...payment, ...refund }),
    refundExample,
  ),
  'payment.refund_failed': internal(
    'A refund failed; its amount counts as captured again.',
    object({ ...payment, ...refund }),
    { ...refundExample, amountRefunded: 0 },
  ),
  'payment.refunds_unknown': internal(
    'The provider has refunded more than our records show; its refunds are being looked up.',
    object(payment),
    paidExample,
  ),
  'payment.contradicted': internal(
    'The provider reports amounts that differ from our records; manual review is needed.',
    object({ ...payment, detail: text }),
    { ...paymentExample, detail: 'The provider reports 5898 USD; our records show 5899 USD.' },
  ),
  'payment.outcome_decided': internal(
    'A payment made in one request has ended; its outcome is posted to webhookUrl.',
    object({ ...payment, outcome: oneOf('payment.succeeded', 'payment.failed', 'payment.canceled') }),
    { ...paidExample, outcome: 'payment.succeeded' },
  ),

  'provider_object.lookup_requested': internal(
    'A message named a provider object without including it; the object is requested.',
    object({ provider: text, object: oneOf('payment', 'refund', 'dispute', 'setup', 'method'), reference: text }),
    { provider: 'stripe', object: 'payment', reference: 'pi_3ExampleExample' },
  ),

  ...methodEvents,

  'reconciliation.requested': internal(
    'Our records are to be compared with the provider’s for a window.',
    object({ reconciliationId: uuid, from: timestamp, to: timestamp }),
    { reconciliationId, from: '2026-01-31T11:00:00.000Z', to: '2026-01-31T12:00:00.000Z' },
  ),
  'reconciliation.discrepancy_found': internal(
    'A discrepancy was found that can be resolved automatically.',
    object({
      differenceId: uuid,
      class: oneOf('missing_here', 'missing_there', 'status', 'amount', 'refund', 'dispute', 'duplicate_charge'),
      cure: oneOf('apply', 'fail', 'void', 'capture'),
      isRefund: flag,
      isDispute: optional(flag),
      reference: nullable(text),
      paymentId: nullable(uuid),
      orderId: nullable(uuid),
      version: nullable(count),
    }),
    {
      differenceId: '01939d00-0000-7000-8000-000000000402',
      class: 'status',
      cure: 'apply',
      isRefund: false,
      reference: 'pi_3ExampleExample',
      paymentId: paymentExample.paymentId,
      orderId: paymentExample.orderId,
      version: 3,
    },
    ['reconciliation.difference_found'],
  ),
  'reconciliation.finished': internal(
    'A reconciliation has ended.',
    object({ reconciliationId: uuid, healed: optional(count), open: optional(count) }),
    { reconciliationId, healed: 1, open: 0 },
  ),
};

export type PaymentEvents = PayloadsOf<typeof paymentEvents>;
/** A recorded event of a type. */
export type RecordedPaymentEvent<Type extends keyof PaymentEvents> = EventOf<PaymentEvents, Type>;
/** A recorded event about a payment, of whichever type. */
export type AnyPaymentEvent = RecordedPaymentEvent<Extract<keyof PaymentEvents, `payment.${string}`>>;
export const newPaymentEvent = eventsOf(paymentEvents);
