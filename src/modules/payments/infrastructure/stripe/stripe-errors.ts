import Stripe from 'stripe';

/** Transport errors, 408, 429, 5xx, and "another request with this idempotency key is still running". */
export function isTransient(error: unknown): boolean {
  if (error instanceof Stripe.errors.StripeConnectionError) return true;
  if (!(error instanceof Stripe.errors.StripeError)) return false;
  const { statusCode, code } = error;
  return (
    statusCode === 408 ||
    statusCode === 429 ||
    (statusCode !== undefined && statusCode >= 500) ||
    (statusCode === 409 && code === 'idempotency_key_in_use') ||
    code === 'lock_timeout'
  );
}

/** The provider has understood and says no. Our own credentials being wrong says nothing about a payment. */
export function isDefiniteRefusal(error: unknown): error is Stripe.errors.StripeError {
  if (!(error instanceof Stripe.errors.StripeError) || isTransient(error)) return false;
  return error instanceof Stripe.errors.StripeCardError || error instanceof Stripe.errors.StripeInvalidRequestError;
}
