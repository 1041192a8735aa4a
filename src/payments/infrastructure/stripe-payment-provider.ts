import { Injectable } from '@nestjs/common';
import { BrokenCircuitError, circuitBreaker, CircuitState, ExponentialBackoff, handleWhen, retry, SamplingBreaker, wrap, type IPolicy } from 'cockatiel';
import Stripe from 'stripe';
import { Unavailable } from '#kernel/errors.js';
import { Log } from '#platform/observability/log.js';
import { Metrics } from '#platform/observability/metrics.js';
import { Settings, SIMULATOR_SECRET_KEY } from '#platform/settings/settings.js';
import { PaymentProvider, type ProviderRefund } from '../application/payment-provider.js';
import { ProviderRefused } from '../domain/errors.js';
import type { CaptureMethod, Verdict } from '../domain/payment.js';
import { errorOf, refundOf, verdictOf } from './stripe-objects.js';

const ATTEMPT_TIMEOUT_MS = 10_000;

/** Transport errors, 408, 429, 5xx, and "another request with this idempotency key is still running". */
function isTransient(error: unknown): boolean {
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

/** The provider has understood and says no. Our own credentials being wrong is no verdict about anybody's payment. */
function isDefiniteRefusal(error: unknown): error is Stripe.errors.StripeError {
  if (!(error instanceof Stripe.errors.StripeError) || isTransient(error)) return false;
  return error instanceof Stripe.errors.StripeCardError || error instanceof Stripe.errors.StripeInvalidRequestError;
}

/** Stripe, or whatever speaks its API, through the official SDK; retries and the circuit breaker are ours. */
@Injectable()
export class StripePaymentProvider extends PaymentProvider {
  override readonly name = 'stripe';
  private readonly stripe: Stripe;
  private readonly policy: IPolicy;

  constructor(
    settings: Settings,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {
    super();
    const base = settings.stripeApiBase === null ? null : new URL(settings.stripeApiBase);
    this.stripe = new Stripe(settings.stripeSecretKey ?? SIMULATOR_SECRET_KEY, {
      maxNetworkRetries: 0,
      timeout: ATTEMPT_TIMEOUT_MS,
      telemetry: false,
      ...(base && {
        host: base.hostname,
        port: base.port || (base.protocol === 'http:' ? '80' : '443'),
        protocol: base.protocol === 'http:' ? 'http' : 'https',
      }),
    });
    const transient = handleWhen(isTransient);
    // 0.5 requests per second over the 10 s sample: the breaker judges from 5 calls on.
    const breaker = circuitBreaker(transient, { halfOpenAfter: 5_000, breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 0.5 }) });
    breaker.onStateChange((state) => {
      metrics.breakerOpen.set(state === CircuitState.Closed ? 0 : 1);
      log.warn({ breaker: ['closed', 'open', 'half-open', 'isolated'][state] }, 'The circuit breaker of the payment provider changed its state');
    });
    this.policy = wrap(retry(transient, { maxAttempts: 3, backoff: new ExponentialBackoff({ initialDelay: 200, maxDelay: 4_000 }) }), breaker);
  }

  override create(
    {
      paymentId,
      orderId,
      amount,
      currency,
      captureMethod,
      methodTypes,
    }: { paymentId: string; orderId: string | null; amount: number; currency: string; captureMethod: CaptureMethod; methodTypes: readonly string[] },
    idempotencyKey: string,
  ): Promise<Verdict> {
    return this.call('create', async () => {
      try {
        const intent = await this.stripe.paymentIntents.create(
          {
            amount,
            currency: currency.toLowerCase(),
            capture_method: captureMethod,
            allowed_payment_method_types: [...methodTypes] as Stripe.PaymentIntentCreateParams.AllowedPaymentMethodType[],
            metadata: { paymentId, ...(orderId && { orderId }) },
          },
          { idempotencyKey },
        );
        return verdictOf(intent);
      } catch (error) {
        if (isDefiniteRefusal(error)) throw new ProviderRefused(errorOf(error));
        throw error;
      }
    });
  }

  override confirm(reference: string, paymentMethodId: string, idempotencyKey: string): Promise<Verdict> {
    return this.call('confirm', () =>
      this.asVerdict(reference, () => this.stripe.paymentIntents.confirm(reference, { payment_method: paymentMethodId }, { idempotencyKey })),
    );
  }

  override capture(reference: string, amount: number, idempotencyKey: string): Promise<Verdict> {
    return this.call('capture', () =>
      this.asVerdict(reference, () => this.stripe.paymentIntents.capture(reference, { amount_to_capture: amount }, { idempotencyKey })),
    );
  }

  override cancel(reference: string, idempotencyKey: string): Promise<Verdict> {
    return this.call('cancel', () => this.asVerdict(reference, () => this.stripe.paymentIntents.cancel(reference, {}, { idempotencyKey })));
  }

  override refund(reference: string, amount: number, refundId: string, idempotencyKey: string): Promise<ProviderRefund> {
    return this.call('refund', async () => {
      try {
        return refundOf(await this.stripe.refunds.create({ payment_intent: reference, amount, metadata: { refundId } }, { idempotencyKey }));
      } catch (error) {
        if (isDefiniteRefusal(error)) return { reference: null, status: 'failed', error: errorOf(error) };
        throw error;
      }
    });
  }

  override retrieve(reference: string): Promise<Verdict> {
    return this.call('retrieve', async () => verdictOf(await this.stripe.paymentIntents.retrieve(reference)));
  }

  /** A definite refusal is an answer: a declined card comes with its intent, anything else is looked up as it is now. */
  private async asVerdict(reference: string, act: () => Promise<Stripe.PaymentIntent>): Promise<Verdict> {
    try {
      return verdictOf(await act());
    } catch (error) {
      if (!isDefiniteRefusal(error)) throw error;
      if (error.payment_intent) return verdictOf(error.payment_intent);
      const now = verdictOf(await this.stripe.paymentIntents.retrieve(reference));
      if (error.code === 'payment_intent_unexpected_state') return now;
      // Refused for another reason, such as an unknown payment method: the attempt has failed, the intent is as it was.
      return now.status === 'requires_payment_method' ? { ...now, status: 'failed', error: errorOf(error) } : now;
    }
  }

  private async call<T>(operation: string, act: () => Promise<T>): Promise<T> {
    try {
      return await this.policy.execute(() => this.attempt(operation, act));
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw new Unavailable('The payment provider is not asked for the moment: too many calls have failed.', 5, error);
      if (isTransient(error) || error instanceof Stripe.errors.StripeError)
        throw new Unavailable('The payment provider cannot be asked at the moment.', 5, error);
      throw error;
    }
  }

  private async attempt<T>(operation: string, act: () => Promise<T>): Promise<T> {
    const stop = this.metrics.providerSeconds.startTimer({ operation });
    try {
      const answer = await act();
      stop({ outcome: 'answered' });
      return answer;
    } catch (error) {
      stop({ outcome: isTransient(error) ? 'transient' : 'refused' });
      this.log.warn({ operation, err: error }, 'A call to the payment provider failed');
      throw error;
    }
  }
}
