import { Injectable } from '@nestjs/common';
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ExponentialBackoff,
  handleWhen,
  retry,
  SamplingBreaker,
  wrap,
  type IPolicy,
} from 'cockatiel';
import Stripe from 'stripe';
import { Unavailable } from '#kernel/errors.js';
import { defineFailpoint } from '#kernel/failpoints.js';
import { Log } from '#platform/telemetry/log.js';
import { ProviderRefused } from '../../domain/errors.js';
import { PaymentMetrics } from '../../metrics.js';
import { PaymentSettings, SIMULATOR_SECRET_KEY } from '../../settings.js';
import { isTransient } from './stripe-errors.js';

/** What the official SDK speaks, and what the webhook endpoint at Stripe should be set to. */
export const API_VERSION: string = Stripe.API_VERSION;
const ATTEMPT_TIMEOUT_MS = 10_000;

const beforeCall = defineFailpoint('provider.before-call');

/** How Stripe is called: retries of what is transient, a circuit breaker, one log line and one sample per attempt. */
@Injectable()
export class StripeCalls {
  private readonly policy: IPolicy;
  /** The official SDK, for Stripe or what speaks its API; it retries nothing by itself. */
  readonly api: Stripe;

  constructor(
    settings: PaymentSettings,
    private readonly metrics: PaymentMetrics,
    private readonly log: Log,
  ) {
    this.api = sdkFor(settings);
    const transient = handleWhen(isTransient);
    // 0.5 requests per second over the 10 s sample: the breaker judges from 5 calls on.
    const breaker = circuitBreaker(transient, {
      halfOpenAfter: 5_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 0.5 }),
    });
    breaker.onStateChange((state) => {
      metrics.breaker(
        state === CircuitState.Closed ? 'closed' : state === CircuitState.HalfOpen ? 'half-open' : 'open',
      );
      log.warn(
        { breaker: ['closed', 'open', 'half-open', 'isolated'][state] },
        'The circuit breaker of the payment provider changed its state',
      );
    });
    this.policy = wrap(
      retry(transient, { maxAttempts: 3, backoff: new ExponentialBackoff({ initialDelay: 200, maxDelay: 4_000 }) }),
      breaker,
    );
  }

  /** @throws Unavailable when it cannot be found out */
  async call<T>(operation: string, about: string, requestId: string | null, act: () => Promise<T>): Promise<T> {
    let attempt = 0;
    try {
      return await this.policy.execute(() => {
        if (++attempt > 1) this.metrics.retried(operation);
        return this.attempt({ operation, about, requestId, attempt }, act);
      });
    } catch (error) {
      if (error instanceof BrokenCircuitError)
        throw new Unavailable('Calls to the payment provider are paused: too many have failed.', 5, error);
      if (isTransient(error) || error instanceof Stripe.errors.StripeError)
        throw new Unavailable('The payment provider cannot be reached at the moment.', 5, error);
      throw error;
    }
  }

  /** One line per call, with the request it is made for and the provider's own request id; neither keys nor bodies. */
  private async attempt<T>(
    line: { operation: string; about: string; requestId: string | null; attempt: number },
    act: () => Promise<T>,
  ): Promise<T> {
    const { operation } = line;
    beforeCall();
    const started = performance.now();
    const done = (outcome: string, more: object) => {
      const elapsed = performance.now() - started;
      this.metrics.called(operation, outcome, elapsed / 1000);
      const ms = Math.round(elapsed * 10) / 10;
      const entry = { provider: 'stripe', ...line, outcome, ms, ...more };
      if (outcome === 'answered') this.log.info(entry, 'provider call');
      else this.log.warn(entry, 'provider call');
    };
    try {
      const answer = await act();
      done('answered', {});
      return answer;
    } catch (error) {
      const { requestId: providerRequestId, statusCode, code } = error as Partial<Stripe.errors.StripeError>;
      if (error instanceof ProviderRefused) done('refused', { code: error.members['providerCode'] });
      else
        done(isTransient(error) ? 'transient' : 'refused', {
          providerRequestId,
          statusCode,
          code,
          error: (error as Error).message.slice(0, 200),
        });
      throw error;
    }
  }
}

function sdkFor({ stripeApiBase, stripeSecretKey }: PaymentSettings): Stripe {
  const base = stripeApiBase === null ? null : new URL(stripeApiBase);
  return new Stripe(stripeSecretKey ?? SIMULATOR_SECRET_KEY, {
    maxNetworkRetries: 0,
    timeout: ATTEMPT_TIMEOUT_MS,
    telemetry: false,
    ...(base && {
      host: base.hostname,
      port: base.port || (base.protocol === 'http:' ? '80' : '443'),
      protocol: base.protocol === 'http:' ? 'http' : 'https',
    }),
  });
}
