import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import {
  PaymentMethodVault,
  ProviderCustomerGone,
  type SetupRequest,
} from '../../application/method/payment-method-vault.js';
import type { ProviderCall } from '../../application/payment-provider.js';
import { ProviderRefused } from '../../domain/errors.js';
import type { ProviderMethod, ProviderSetup } from '../../domain/payment-method.js';
import { StripeCalls } from './stripe-calls.js';
import { isDefiniteRefusal } from './stripe-errors.js';
import { methodOf, setupOf } from './stripe-method-objects.js';
import { errorOf } from './stripe-objects.js';

const withMethod = ['payment_method'];

/** Stripe keeps cards for customers: Customers, SetupIntents, PaymentMethods (https://docs.stripe.com/payments/setup-intents). */
@Injectable()
export class StripePaymentMethods extends PaymentMethodVault {
  private readonly stripe: Stripe;

  constructor(private readonly calls: StripeCalls) {
    super();
    this.stripe = calls.api;
  }

  override createCustomer({ idempotencyKey, requestId }: ProviderCall): Promise<string> {
    return this.calls.call('create customer', '', requestId, async () => {
      const customer = await this.stripe.customers.create({}, { idempotencyKey });
      return customer.id;
    });
  }

  override setUp(
    { methodId, customer, token, returnUrl }: SetupRequest,
    { idempotencyKey, requestId }: ProviderCall,
  ): Promise<ProviderSetup> {
    const named = token !== null && {
      payment_method: token,
      confirm: true,
      ...(returnUrl !== null && { return_url: returnUrl }),
    };
    return this.calls.call('set up', methodId, requestId, async () => {
      try {
        const setup = await this.stripe.setupIntents.create(
          {
            customer,
            usage: 'off_session',
            allowed_payment_method_types: ['card'],
            metadata: { paymentMethodId: methodId },
            expand: withMethod,
            ...named,
          },
          { idempotencyKey },
        );
        return setupOf(setup);
      } catch (error) {
        if (!isDefiniteRefusal(error)) throw error;
        if (error.setup_intent) return setupOf(error.setup_intent);
        if (error.code === 'resource_missing' && error.param === 'customer') throw new ProviderCustomerGone();
        throw new ProviderRefused(errorOf(error));
      }
    });
  }

  override retrieveSetup(reference: string, requestId: string | null): Promise<ProviderSetup | null> {
    return this.calls.call('retrieve setup', reference, requestId, () =>
      orNull(async () => setupOf(await this.stripe.setupIntents.retrieve(reference, { expand: withMethod }))),
    );
  }

  override retrieveMethod(reference: string, requestId: string | null): Promise<ProviderMethod | null> {
    return this.calls.call('retrieve method', reference, requestId, () =>
      orNull(async () => {
        const method = await this.stripe.paymentMethods.retrieve(reference);
        return method.customer === null ? null : methodOf(method);
      }),
    );
  }

  override async detach(reference: string, { idempotencyKey, requestId }: ProviderCall): Promise<void> {
    await this.calls.call('detach', reference, requestId, async () => {
      try {
        await this.stripe.paymentMethods.detach(reference, {}, { idempotencyKey });
      } catch (error) {
        if (!isDefiniteRefusal(error)) throw error;
        const now = await orNull(() => this.stripe.paymentMethods.retrieve(reference));
        if (now !== null && now.customer !== null) throw error;
      }
    });
  }

  override cancelSetup(reference: string, { idempotencyKey, requestId }: ProviderCall): Promise<ProviderSetup | null> {
    return this.calls.call('cancel setup', reference, requestId, () =>
      orNull(async () => {
        try {
          return setupOf(await this.stripe.setupIntents.cancel(reference, {}, { idempotencyKey }));
        } catch (error) {
          if (!isDefiniteRefusal(error) || error.code !== 'setup_intent_unexpected_state') throw error;
          return setupOf(await this.stripe.setupIntents.retrieve(reference, { expand: withMethod }));
        }
      }),
    );
  }

  override async forgetCustomer(reference: string, { idempotencyKey, requestId }: ProviderCall): Promise<void> {
    await this.calls.call('forget customer', reference, requestId, () =>
      orNull(() => this.stripe.customers.del(reference, {}, { idempotencyKey })),
    );
  }
}

/** What the provider does not have (any more) is null. */
async function orNull<T>(act: () => Promise<T>): Promise<T | null> {
  try {
    return await act();
  } catch (error) {
    if (isDefiniteRefusal(error) && error.code === 'resource_missing') return null;
    throw error;
  }
}
