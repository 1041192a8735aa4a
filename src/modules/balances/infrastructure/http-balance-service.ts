import { Injectable } from '@nestjs/common';
import {
  BrokenCircuitError,
  circuitBreaker,
  ExponentialBackoff,
  handleType,
  retry,
  SamplingBreaker,
  wrap,
  type IPolicy,
} from 'cockatiel';
import { Unavailable } from '#kernel/errors.js';
import { defineFailpoint } from '#kernel/failpoints.js';
import { majorOf, minorOf } from '#kernel/money.js';
import { Log } from '#platform/telemetry/log.js';
import { BalanceMetrics } from '../metrics.js';
import { BalanceSettings } from '../settings.js';
import { BalanceServiceClient, type ServiceAnswer } from '../application/balance-service.js';

const beforeCall = defineFailpoint('balance-service.before-call');
const afterAnswer = defineFailpoint('balance-service.after-answer');

const ATTEMPT_TIMEOUT_MS = 5_000;

interface ServiceBody {
  /** Left out by services that say it with the status alone. */
  readonly success?: unknown;
  readonly data?: {
    readonly preOrder?: { readonly amount?: unknown } | null;
    readonly order?: { readonly amount?: unknown } | null;
    readonly updatedBalance?: { readonly currency?: unknown } | null;
  } | null;
  readonly message?: string | null;
  readonly error?: string | null;
}

type Understood =
  { readonly kind: 'done'; readonly data: ServiceBody['data'] } | Extract<ServiceAnswer, { kind: 'refused' }>;

/** Statuses with which the service says no. */
const REFUSALS = new Set([400, 404, 409, 422]);

/** No answer, or one that says nothing about the outcome: transport errors, 408, 429, 5xx. */
class Transient extends Error {}

/** The external Balance Management service: three retries after 2, 4 and 8 s, and a circuit breaker as for payments. */
@Injectable()
export class HttpBalanceServiceClient extends BalanceServiceClient {
  private readonly policy: IPolicy;

  constructor(
    private readonly settings: BalanceSettings,
    private readonly metrics: BalanceMetrics,
    private readonly log: Log,
  ) {
    super();
    const transient = handleType(Transient);
    const breaker = circuitBreaker(transient, {
      halfOpenAfter: 5_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 0.5 }),
    });
    breaker.onBreak(() => log.warn({}, 'The circuit breaker of the balance service is open'));
    breaker.onReset(() => log.info({}, 'The circuit breaker of the balance service is closed'));
    const initialDelay = settings.balanceServiceRetryMs;
    this.policy = wrap(
      retry(transient, {
        maxAttempts: 3,
        backoff: new ExponentialBackoff({ initialDelay, maxDelay: 4 * initialDelay, exponent: 2 }),
      }),
      breaker,
    );
  }

  override async preorder(orderId: string, amount: number, currency: string): Promise<ServiceAnswer> {
    // Amounts there are decimals in the major unit.
    const answer = await this.call('preorder', { orderId, amount: majorOf({ amount, currency }) });
    if (answer.kind === 'refused') return answer;
    // It has one currency of its own and is never told ours: an amount in another one is another amount.
    const { data } = answer;
    const blocked = (data?.preOrder ?? data?.order)?.amount;
    const isOther = blocked != null && minorOf(blocked, currency) !== amount;
    if ((data?.updatedBalance?.currency ?? currency) !== currency || isOther) {
      return { kind: 'refused', status: 409, detail: 'The service has blocked another amount or currency.' };
    }
    return answer;
  }

  override complete(orderId: string): Promise<Understood> {
    return this.call('complete', { orderId });
  }

  override cancel(orderId: string): Promise<Understood> {
    return this.call('cancel', { orderId });
  }

  private async call(verb: string, body: { readonly orderId: string; readonly amount?: number }): Promise<Understood> {
    try {
      return await this.policy.execute(() => this.attempt(verb, body));
    } catch (error) {
      if (error instanceof BrokenCircuitError)
        throw new Unavailable('Calls to the balance service are paused: too many have failed.', 5, error);
      if (error instanceof Transient)
        throw new Unavailable('The balance service cannot be reached at the moment.', 5, error);
      throw error;
    }
  }

  private async attempt(verb: string, body: { readonly orderId: string }): Promise<Understood> {
    const { balanceServiceUrl, balanceServiceToken } = this.settings;
    if (balanceServiceUrl === null) throw new Transient('BALANCE_SERVICE_URL is not set any more.');
    const started = performance.now();
    const done = (outcome: string) => this.metrics.called(verb, outcome, (performance.now() - started) / 1000);
    let status: number | null = null;
    try {
      beforeCall();
      const answer = await fetch(new URL(`/api/balance/${verb}`, balanceServiceUrl), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': `${body.orderId}:${verb}`,
          ...(balanceServiceToken !== null && { authorization: `Bearer ${balanceServiceToken}` }),
        },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
      });
      afterAnswer();
      status = answer.status;
      // Our own credentials or address being wrong says nothing about a balance.
      if (!answer.ok && !REFUSALS.has(status)) throw new Transient(`The balance service answered ${status}.`);
      const { success, data, message, error } = bodyOf(await answer.text(), status);
      const isDone = answer.ok && success !== false;
      done(isDone ? 'answered' : 'refused');
      if (isDone) return { kind: 'done', data };
      return { kind: 'refused', status, detail: String(message ?? error ?? `status ${status}`).slice(0, 300) };
    } catch (error) {
      done('transient');
      this.log.warn(
        { operation: verb, orderId: body.orderId, status, error: (error as Error).message.slice(0, 200) },
        'A call to the balance service failed',
      );
      throw error instanceof Transient ? error : new Transient((error as Error).message);
    }
  }
}

/**
 * The body of an answer. A refusal needs none; a success that is not JSON, and a page of some server in between that has no such
 * address, say nothing about a balance. @throws Transient
 */
function bodyOf(text: string, status: number): ServiceBody {
  try {
    const body = JSON.parse(text) as unknown;
    if (body !== null && typeof body === 'object') return body;
  } catch {
    if (status !== 404 && REFUSALS.has(status)) return {};
  }
  throw new Transient('The balance service sent an unexpected response.');
}
