import { confirmationRequested, paymentEvent, type Attempt, type Change } from './payment-events.js';
import type { Payment } from './payment.js';

export type PaymentDraft = Pick<
  Payment,
  'id' | 'orderId' | 'provider' | 'amount' | 'currency' | 'captureMethod' | 'methodTypes'
>;

function drafted(draft: PaymentDraft, now: Date): Payment {
  return {
    ...draft,
    providerReference: null,
    clientSecret: null,
    method: null,
    amountCaptured: 0,
    amountRefunded: 0,
    amountDisputed: 0,
    nextAction: null,
    captureRequested: null,
    status: 'requires_payment_method',
    superseded: false,
    lastError: null,
    failedCharge: null,
    risk: null,
    webhookUrl: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
}

/** A payment that is to be confirmed later. */
export function newPayment(draft: PaymentDraft, now: Date): Change {
  const payment = drafted(draft, now);
  return { payment, events: [paymentEvent('payment.created', payment)] };
}

/** A payment whose payer has named the method already; the provider is asked to create and confirm it in the background. */
export function newPaymentAtOnce(draft: PaymentDraft, attempt: Attempt, webhookUrl: string | null, now: Date): Change {
  const payment: Payment = {
    ...drafted(draft, now),
    method: attempt.paymentMethodId,
    webhookUrl,
    status: 'processing',
  };
  return { payment, events: confirmationRequested(payment, attempt) };
}

/** A payment that another processor takes, and of which we know only what its events say: at first nothing. */
export function newForeignPayment(draft: PaymentDraft, reference: string, now: Date): Payment {
  return { ...drafted(draft, now), providerReference: reference, status: 'failed' };
}

/** What an order has paid from its customer's balance; the money is here. */
export function newBalancePayment(draft: PaymentDraft, now: Date): Change {
  const payment: Payment = {
    ...drafted(draft, now),
    providerReference: draft.orderId,
    method: 'balance',
    status: 'succeeded',
    amountCaptured: draft.amount,
  };
  return { payment, events: [paymentEvent('payment.succeeded', payment, { amountReleased: 0 })] };
}
