import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { Unavailable } from '#kernel/errors.js';
import {
  PaymentProvider,
  type ListedPayment,
  type ListedRefund,
  type PaymentRequest,
  type ProviderCall,
  type ProviderRefund,
  type Window,
} from '../../application/payment-provider.js';
import type { ProviderDispute } from '../../domain/dispute.js';
import { ProviderRefused } from '../../domain/errors.js';
import type { PaymentState } from '../../domain/payment.js';
import type { ProviderPaymentState } from '../../domain/provider-state.js';
import { PaymentSettings, SIMULATOR_SECRET_KEY } from '../../settings.js';
import { StripeCalls } from './stripe-calls.js';
import { isDefiniteRefusal } from './stripe-errors.js';
import {
  disputeOf,
  errorOf,
  listedPaymentOf,
  listedRefundOf,
  providerStateOf,
  refundOf,
  stripeAmount,
} from './stripe-objects.js';

/** What the official SDK speaks, and what the webhook endpoint at Stripe should be set to. */
export const API_VERSION: string = Stripe.API_VERSION;
const ATTEMPT_TIMEOUT_MS = 10_000;

/** The charge holds what the provider thinks of the risk. */
const withCharge = ['latest_charge'];

/** Stripe, or whatever speaks its API, through the official SDK; retries and the circuit breaker are ours. */
@Injectable()
export class StripePaymentProvider extends PaymentProvider {
  override readonly name = 'stripe';
  private readonly stripe: Stripe;

  constructor(
    settings: PaymentSettings,
    private readonly calls: StripeCalls,
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
  }

  override create(
    { paymentId, orderId, amount, currency, captureMethod, methodTypes }: PaymentRequest,
    call: ProviderCall,
  ): Promise<ProviderPaymentState> {
    return this.calls.call('create', paymentId, call.requestId, async () => {
      try {
        const intent = await this.stripe.paymentIntents.create(
          {
            amount: stripeAmount(amount, currency),
            currency: currency.toLowerCase(),
            capture_method: captureMethod,
            allowed_payment_method_types: [
              ...methodTypes,
            ] as Stripe.PaymentIntentCreateParams.AllowedPaymentMethodType[],
            metadata: { paymentId, ...(orderId && { orderId }) },
          },
          { idempotencyKey: call.idempotencyKey },
        );
        return providerStateOf(intent);
      } catch (error) {
        if (isDefiniteRefusal(error)) throw new ProviderRefused(errorOf(error));
        throw error;
      }
    });
  }

  override confirm(
    reference: string,
    paymentMethodId: string,
    { idempotencyKey, requestId }: ProviderCall,
  ): Promise<ProviderPaymentState> {
    const known: readonly PaymentState[] = [
      'processing',
      'requires_action',
      'requires_capture',
      'succeeded',
      'canceled',
    ];
    return this.orAsItIs(reference, known, requestId, () =>
      this.calls.call('confirm', reference, requestId, () =>
        this.asProviderState(reference, () =>
          this.stripe.paymentIntents.confirm(
            reference,
            { payment_method: paymentMethodId, expand: withCharge },
            { idempotencyKey },
          ),
        ),
      ),
    );
  }

  override capture(
    reference: string,
    amount: number,
    currency: string,
    { idempotencyKey, requestId }: ProviderCall,
  ): Promise<ProviderPaymentState> {
    return this.orAsItIs(reference, ['succeeded', 'canceled'], requestId, () =>
      this.calls.call('capture', reference, requestId, () =>
        this.asProviderState(reference, () =>
          this.stripe.paymentIntents.capture(
            reference,
            { amount_to_capture: stripeAmount(amount, currency), expand: withCharge },
            { idempotencyKey },
          ),
        ),
      ),
    );
  }

  override cancel(reference: string, { idempotencyKey, requestId }: ProviderCall): Promise<ProviderPaymentState> {
    return this.orAsItIs(reference, ['succeeded', 'canceled'], requestId, () =>
      this.calls.call('cancel', reference, requestId, () =>
        this.asProviderState(reference, () => this.stripe.paymentIntents.cancel(reference, {}, { idempotencyKey })),
      ),
    );
  }

  override refund(
    reference: string,
    amount: number,
    refundId: string,
    currency: string,
    { idempotencyKey, requestId }: ProviderCall,
  ): Promise<ProviderRefund> {
    return this.calls.call('refund', reference, requestId, async () => {
      try {
        return refundOf(
          await this.stripe.refunds.create(
            { payment_intent: reference, amount: stripeAmount(amount, currency), metadata: { refundId } },
            { idempotencyKey },
          ),
        );
      } catch (error) {
        if (isDefiniteRefusal(error)) return { reference: null, status: 'failed', error: errorOf(error) };
        throw error;
      }
    });
  }

  override retrieve(reference: string, requestId: string | null): Promise<ProviderPaymentState | null> {
    return this.calls.call('retrieve', reference, requestId, async () => {
      try {
        return providerStateOf(await this.stripe.paymentIntents.retrieve(reference, { expand: withCharge }));
      } catch (error) {
        if (isDefiniteRefusal(error) && error.code === 'resource_missing') return null;
        throw error;
      }
    });
  }

  override refundsOf(reference: string, requestId: string | null): Promise<readonly ListedRefund[]> {
    return this.calls.call('list refunds', reference, requestId, async () => {
      const { data } = await this.stripe.refunds.list({ payment_intent: reference, limit: 100 });
      return data.map(listedRefundOf);
    });
  }

  override retrieveRefund(reference: string, requestId: string | null): Promise<ListedRefund | null> {
    return this.calls.call('retrieve refund', reference, requestId, async () => {
      try {
        return listedRefundOf(await this.stripe.refunds.retrieve(reference));
      } catch (error) {
        if (isDefiniteRefusal(error) && error.code === 'resource_missing') return null;
        throw error;
      }
    });
  }

  override retrieveDispute(reference: string, requestId: string | null): Promise<ProviderDispute | null> {
    return this.calls.call('retrieve dispute', reference, requestId, async () => {
      try {
        return disputeOf(await this.stripe.disputes.retrieve(reference));
      } catch (error) {
        if (isDefiniteRefusal(error) && error.code === 'resource_missing') return null;
        throw error;
      }
    });
  }

  override async *listDisputes(window: Window): AsyncIterable<readonly ProviderDispute[]> {
    for await (const page of this.pages('list disputes', (at) =>
      this.stripe.disputes.list({ ...within(window), ...at }),
    )) {
      yield page.map(disputeOf);
    }
  }

  override async *listPayments(window: Window): AsyncIterable<readonly ListedPayment[]> {
    const expand = ['data.latest_charge'];
    for await (const page of this.pages('list payments', (at) =>
      this.stripe.paymentIntents.list({ ...within(window), ...at, expand }),
    )) {
      yield page.map(listedPaymentOf);
    }
  }

  override async *listRefunds(window: Window): AsyncIterable<readonly ListedRefund[]> {
    for await (const page of this.pages('list refunds', (at) =>
      this.stripe.refunds.list({ ...within(window), ...at }),
    )) {
      yield page.map(listedRefundOf);
    }
  }

  private async *pages<T extends { id: string }>(
    operation: string,
    ask: (at: { limit: number; starting_after?: string }) => Promise<{ data: T[]; has_more: boolean }>,
  ): AsyncIterable<T[]> {
    for (let after: string | undefined; ;) {
      const { data, has_more: more } = await this.calls.call(operation, '', null, () =>
        ask({ limit: 100, ...(after && { starting_after: after }) }),
      );
      yield data;
      after = data.at(-1)?.id;
      if (!more || after === undefined) return;
    }
  }

  /**
   * A call that was not answered may have had its effect. The provider is asked how things stand; only a state that the
   * call leads to is taken for its answer, anything else leaves it to be asked again under the same key.
   */
  private async orAsItIs(
    reference: string,
    known: readonly PaymentState[],
    requestId: string | null,
    act: () => Promise<ProviderPaymentState>,
  ): Promise<ProviderPaymentState> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Unavailable) || !(error.cause instanceof Stripe.errors.StripeConnectionError)) throw error;
      const now = await this.retrieve(reference, requestId).catch(() => null);
      if (now && known.includes(now.status)) return now;
      throw error;
    }
  }

  /** A definite refusal is an answer: a declined card comes with its intent, anything else is looked up as it is now. */
  private async asProviderState(
    reference: string,
    act: () => Promise<Stripe.PaymentIntent>,
  ): Promise<ProviderPaymentState> {
    try {
      return providerStateOf(await act());
    } catch (error) {
      if (!isDefiniteRefusal(error)) throw error;
      if (error.payment_intent) return providerStateOf(error.payment_intent);
      const now = providerStateOf(await this.stripe.paymentIntents.retrieve(reference));
      if (error.code === 'payment_intent_unexpected_state') return now;
      // Refused for another reason, such as an unknown payment method: the attempt has failed, the intent is as it was.
      return now.status === 'requires_payment_method' || now.status === 'failed'
        ? { ...now, status: 'failed', error: errorOf(error), charge: null } // no attempt of its own, so not to be taken for the one before
        : { ...now, error: errorOf(error) };
    }
  }
}

function within({ from, to }: Window): { created: { gte: number; lte: number } } {
  return { created: { gte: Math.floor(from.getTime() / 1000), lte: Math.ceil(to.getTime() / 1000) } };
}
