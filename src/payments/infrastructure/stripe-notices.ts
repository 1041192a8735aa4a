import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { Cause } from '#kernel/events.js';
import type { JsonObject } from '#kernel/json.js';
import { isId } from '#kernel/ids.js';
import type { Tx } from '#kernel/tx.js';
import { ApplyVerdict } from '../application/apply-verdict.js';
import { SettleRefund } from '../application/ask-provider.js';
import { ProviderNotices, type NoticeEffect } from '../contract.js';
import { refundOf, verdictOf } from './stripe-objects.js';

const intentTypes = new Set([
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.amount_capturable_updated',
  'payment_intent.processing',
  'payment_intent.canceled',
]);
const refundTypes = new Set(['refund.updated', 'refund.failed']);

/** Reads Stripe's events. A notice says only that something happened; what it says about the payment is the verdict. */
@Injectable()
export class StripeNotices extends ProviderNotices {
  constructor(
    private readonly verdicts: ApplyVerdict,
    private readonly refunds: SettleRefund,
  ) {
    super();
  }

  override handles(provider: string, type: string): boolean {
    return provider === 'stripe' && (intentTypes.has(type) || refundTypes.has(type) || type === 'charge.refunded');
  }

  override async apply(tx: Tx, provider: string, type: string, notice: JsonObject, cause: Cause): Promise<NoticeEffect> {
    const object = (notice['data'] as { object?: unknown } | undefined)?.object;
    if (intentTypes.has(type)) {
      if (!isIntent(object)) return { kind: 'parked', detail: 'The notice carries no payment intent.' };
      return this.verdicts.apply(tx, provider, verdictOf(object), cause);
    }
    if (type === 'charge.refunded') return { kind: 'ignored', detail: 'Each refund is settled by its own notice.' };
    return this.applyRefund(tx, object as Stripe.Refund | undefined, cause);
  }

  private async applyRefund(tx: Tx, refund: Stripe.Refund | undefined, cause: Cause): Promise<NoticeEffect> {
    const refundId = refund?.metadata?.['refundId'];
    if (typeof refund?.id !== 'string' || !refundId || !isId(refundId)) return { kind: 'parked', detail: 'The refund was not made by us.' };
    const changed = await this.refunds.settle(tx, refundId, refundOf(refund), cause);
    if (changed === null) return { kind: 'unmatched', detail: `There is no refund ${refundId}.` };
    return changed ? { kind: 'applied', detail: `The refund is ${refund.status}.` } : { kind: 'ignored', detail: 'No news about the refund.' };
  }
}

function isIntent(object: unknown): object is Stripe.PaymentIntent {
  const intent = object as Partial<Stripe.PaymentIntent> | null | undefined;
  return typeof intent?.id === 'string' && typeof intent.status === 'string' && Number.isSafeInteger(intent.amount) && typeof intent.currency === 'string';
}
