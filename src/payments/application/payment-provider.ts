import type { CaptureMethod, PaymentError, Verdict } from '../domain/payment.js';

export interface ProviderRefund {
  /** Null when it was refused. */
  readonly reference: string | null;
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly error: PaymentError | null;
}

/**
 * Who moves the money. Every call carries our own idempotency key, so repeating it after a lost answer moves nothing
 * twice. A definite refusal is a verdict; @throws Unavailable when the outcome is unknown or the provider cannot be asked.
 */
export abstract class PaymentProvider {
  abstract readonly name: string;
  /** @throws ProviderRefused */
  abstract create(
    request: { paymentId: string; orderId: string | null; amount: number; currency: string; captureMethod: CaptureMethod; methodTypes: readonly string[] },
    idempotencyKey: string,
  ): Promise<Verdict>;
  abstract confirm(reference: string, paymentMethodId: string, idempotencyKey: string): Promise<Verdict>;
  abstract capture(reference: string, amount: number, idempotencyKey: string): Promise<Verdict>;
  /** Voids what is not captured. A payment that can no longer be voided is answered as it is. */
  abstract cancel(reference: string, idempotencyKey: string): Promise<Verdict>;
  abstract refund(reference: string, amount: number, refundId: string, idempotencyKey: string): Promise<ProviderRefund>;
  abstract retrieve(reference: string): Promise<Verdict>;
}
