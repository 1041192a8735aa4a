import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import {
  PaymentProvider,
  type ListedPayment,
  type ListedRefund,
  type Window,
} from '../../application/payment-provider.js';
import type { ProviderDispute } from '../../domain/dispute.js';
import type { ProviderPaymentState } from '../../domain/provider-state.js';
import { StripeCalls } from './stripe-calls.js';
import { isDefiniteRefusal } from './stripe-errors.js';
import { disputeOf, listedPaymentOf, listedRefundOf, providerStateOf } from './stripe-objects.js';

/** The charge holds what the provider thinks of the risk. */
export const withCharge = ['latest_charge'];

/** What is asked of Stripe without changing anything there: single objects and lists. */
@Injectable() // inherited by the provider, which has no constructor of its own
export abstract class StripeReads extends PaymentProvider {
  override readonly name = 'stripe';
  protected readonly stripe: Stripe;

  constructor(protected readonly calls: StripeCalls) {
    super();
    this.stripe = calls.api;
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
}

function within({ from, to }: Window): { created: { gte: number; lte: number } } {
  return { created: { gte: Math.floor(from.getTime() / 1000), lte: Math.ceil(to.getTime() / 1000) } };
}
