import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { Unavailable } from '#kernel/errors.js';
import type { PaymentRequest, ProviderCall, ProviderRefund } from '../../application/payment-provider.js';
import { ProviderRefused } from '../../domain/errors.js';
import type { Attempt } from '../../domain/payment-events.js';
import type { PaymentState } from '../../domain/payment.js';
import type { ProviderPaymentState } from '../../domain/provider-state.js';
import { isDefiniteRefusal } from './stripe-errors.js';
import { errorOf, providerStateOf, refundOf, stripeAmount } from './stripe-objects.js';
import { StripeReads, withCharge } from './stripe-reads.js';

/** Stripe, or whatever speaks its API, through the official SDK; retries and the circuit breaker are ours. */
@Injectable()
export class StripePaymentProvider extends StripeReads {
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
    attempt: Attempt,
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
        this.asProviderState(reference, async () => {
          const { paymentMethodId, returnUrl, providerCustomer, isOffSession } = attempt;
          if (providerCustomer !== null) await this.setCustomer(reference, providerCustomer);
          return this.stripe.paymentIntents.confirm(
            reference,
            {
              payment_method: paymentMethodId,
              ...(isOffSession ? { off_session: true } : returnUrl !== null && { return_url: returnUrl }),
              expand: withCharge,
            },
            { idempotencyKey },
          );
        }),
      ),
    );
  }

  /** What is saved for a customer pays for intents of that customer only; one that an intent has stays. */
  private async setCustomer(reference: string, customer: string): Promise<void> {
    const now = await this.stripe.paymentIntents.retrieve(reference);
    if (now.customer === null) await this.stripe.paymentIntents.update(reference, { customer });
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
