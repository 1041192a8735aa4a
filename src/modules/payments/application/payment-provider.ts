import type { ProviderDispute } from '../domain/dispute.js';
import { PaymentTransitionRefused } from '../domain/errors.js';
import type { Attempt } from '../domain/payment-events.js';
import type { CaptureMethod, Payment, PaymentError, Verb } from '../domain/payment.js';
import type { ProviderPaymentState } from '../domain/provider-state.js';
import type { RefundState } from '../domain/refund.js';

export interface ProviderRefund {
  /** Null when it was refused. */
  readonly reference: string | null;
  readonly status: RefundState;
  readonly error: PaymentError | null;
}

/** A refund as the provider lists it. */
export interface ListedRefund extends ProviderRefund {
  readonly reference: string;
  /** Our id, as the provider was told; null for refunds made past us. */
  readonly refundId: string | null;
  readonly paymentReference: string | null;
  readonly amount: number;
  readonly currency: string;
}

export interface ListedPayment extends ProviderPaymentState {
  /** Our order, as the provider was told. */
  readonly orderId: string | null;
}

/** How a call to the provider can be recognised: there by its key, here by the request that it is made for. */
export interface ProviderCall {
  readonly idempotencyKey: string;
  readonly requestId: string | null;
}

export interface PaymentRequest {
  readonly paymentId: string;
  readonly orderId: string | null;
  readonly amount: number;
  readonly currency: string;
  readonly captureMethod: CaptureMethod;
  readonly methodTypes: readonly string[];
}

/** Both ends included. */
export interface Window {
  readonly from: Date;
  readonly to: Date;
}

/**
 * Who moves the money. Every call carries our own idempotency key, so repeating it after a lost answer moves nothing
 * twice. A definite refusal is an answer. A call without an answer is unknown, not failed: the provider is asked how
 * things stand. @throws Unavailable when that cannot be found out either.
 */
export abstract class PaymentProvider {
  abstract readonly name: string;
  /** @throws ProviderRefused */
  abstract create(request: PaymentRequest, call: ProviderCall): Promise<ProviderPaymentState>;
  abstract confirm(reference: string, attempt: Attempt, call: ProviderCall): Promise<ProviderPaymentState>;
  abstract capture(
    reference: string,
    amount: number,
    currency: string,
    call: ProviderCall,
  ): Promise<ProviderPaymentState>;
  /** Voids what is not captured. A payment that can no longer be voided is answered as it is. */
  abstract cancel(reference: string, call: ProviderCall): Promise<ProviderPaymentState>;
  abstract refund(
    reference: string,
    amount: number,
    refundId: string,
    currency: string,
    call: ProviderCall,
  ): Promise<ProviderRefund>;
  /** The refunds of one payment, newest first, at most 100. */
  abstract refundsOf(reference: string, requestId: string | null): Promise<readonly ListedRefund[]>;
  /** Null when the provider knows no such payment. */
  abstract retrieve(reference: string, requestId: string | null): Promise<ProviderPaymentState | null>;
  abstract retrieveRefund(reference: string, requestId: string | null): Promise<ListedRefund | null>;
  /** Null when the provider knows no such dispute. */
  abstract retrieveDispute(reference: string, requestId: string | null): Promise<ProviderDispute | null>;
  /** What was created in a window, newest first, page by page. */
  abstract listPayments(window: Window): AsyncIterable<readonly ListedPayment[]>;
  abstract listRefunds(window: Window): AsyncIterable<readonly ListedRefund[]>;
  abstract listDisputes(window: Window): AsyncIterable<readonly ProviderDispute[]>;
}

/** The key under which the provider creates the intent of a payment, however often it is asked. */
export function creationKey(payment: Pick<Payment, 'id'>): string {
  return `${payment.id}:create`;
}

/** What another processor has taken cannot be moved from here. @throws PaymentTransitionRefused */
export function assertOurs(payment: Pick<Payment, 'provider'>, { name }: PaymentProvider, verb: Verb): void {
  if (payment.provider !== name) throw new PaymentTransitionRefused(verb, 'with another processor');
}
