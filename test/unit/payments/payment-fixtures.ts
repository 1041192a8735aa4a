import { nextStates, type Payment, type PaymentState } from '#modules/payments/domain/payment.js';
import { type ProviderPaymentState } from '#modules/payments/domain/provider-state.js';

export const now = new Date('2026-01-01T00:00:00Z');
export const states = Object.keys(nextStates) as PaymentState[];

/** A payment of 1.00 USD that is being processed, with changes. */
export const payment = (changes: Partial<Payment> = {}): Payment => ({
  id: '01939d00-0000-7000-8000-000000000002',
  orderId: null,
  provider: 'stripe',
  providerReference: 'pi_1',
  clientSecret: null,
  method: null,
  amount: 100,
  amountCaptured: changes.status === 'succeeded' ? 100 : 0,
  amountRefunded: 0,
  amountDisputed: 0,
  nextAction: null,
  currency: 'USD',
  captureMethod: 'automatic',
  captureRequested: null,
  status: 'processing',
  superseded: false,
  lastError: null,
  failedCharge: null,
  methodTypes: ['card'],
  risk: null,
  webhookUrl: null,
  version: 1,
  createdAt: now,
  updatedAt: now,
  ...changes,
});

/** What the provider says of that payment. */
export const providerState = (
  status: PaymentState,
  changes: Partial<ProviderPaymentState> = {},
): ProviderPaymentState => ({
  reference: 'pi_1',
  paymentId: null,
  clientSecret: null,
  status,
  nextAction: null,
  amount: 100,
  amountCaptured: status === 'succeeded' ? 100 : 0,
  currency: 'USD',
  error: null,
  charge: null,
  risk: null,
  ...changes,
});
