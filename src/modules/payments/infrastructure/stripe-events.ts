import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { Cause } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { ApplyProviderState } from '../application/apply-provider-state.js';
import { SettleRefund } from '../application/settle-refund.js';
import { ProviderEvents, type MessageEffect } from '../contract.js';
import { listedRefundOf, ourAmount, riskOf, providerStateOf } from './stripe-objects.js';

const intentTypes = new Set([
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.amount_capturable_updated',
  'payment_intent.processing',
  'payment_intent.canceled',
]);
/** Not asked for, but where they come they carry what the provider thinks of the risk. */
const chargeTypes = new Set(['charge.succeeded', 'charge.failed']);
const refundTypes = new Set(['refund.created', 'refund.updated', 'refund.failed']);

/** Reads Stripe's events. A notice says only that something happened; what it says about the payment is the verdict. */
@Injectable()
export class StripeEvents extends ProviderEvents {
  constructor(
    private readonly providerStates: ApplyProviderState,
    private readonly refunds: SettleRefund,
  ) {
    super();
  }

  override handles(provider: string, type: string): boolean {
    return provider === 'stripe' && (intentTypes.has(type) || refundTypes.has(type) || chargeTypes.has(type) || type === 'charge.refunded');
  }

  override async apply(tx: Tx, provider: string, type: string, notice: JsonObject, cause: Cause): Promise<MessageEffect> {
    const object = (notice['data'] as { object?: unknown } | undefined)?.object;
    if (intentTypes.has(type)) {
      if (!isIntent(object)) return { kind: 'needs_review', detail: 'The notice carries no payment intent.' };
      return this.providerStates.apply(tx, provider, providerStateOf(object), cause);
    }
    if (type === 'charge.refunded') return this.applyChargeRefunded(tx, provider, object as Stripe.Charge | undefined, cause);
    if (chargeTypes.has(type)) return this.noteRisk(tx, provider, object as Stripe.Charge | undefined);
    return this.applyRefund(tx, provider, object as Stripe.Refund | undefined, cause);
  }

  private async noteRisk(tx: Tx, provider: string, charge: Stripe.Charge | undefined): Promise<MessageEffect> {
    const intent = typeof charge?.payment_intent === 'string' ? charge.payment_intent : charge?.payment_intent?.id;
    const risk = charge && riskOf(charge);
    if (!intent || !risk) return { kind: 'ignored', detail: 'The charge says nothing about risk.' };
    const effect = await this.providerStates.noteRisk(tx, provider, intent, risk);
    // A charge inherits the metadata of its intent: without our id in it, it is somebody else's.
    return effect.kind === 'unmatched' && !charge.metadata?.['paymentId'] ? { kind: 'ignored', detail: effect.detail } : effect;
  }

  /** It says how much was given back in all, not which refunds that were: where our books know less, they are looked up. */
  private async applyChargeRefunded(tx: Tx, provider: string, charge: Stripe.Charge | undefined, cause: Cause): Promise<MessageEffect> {
    const intent = typeof charge?.payment_intent === 'string' ? charge.payment_intent : charge?.payment_intent?.id;
    if (!intent || !Number.isSafeInteger(charge?.amount_refunded)) return { kind: 'needs_review', detail: 'The notice names no payment or no amount.' };
    return this.refunds.compareTotal(tx, provider, intent, ourAmount(charge!.amount_refunded, charge!.currency), cause);
  }

  private async applyRefund(tx: Tx, provider: string, refund: Stripe.Refund | undefined, cause: Cause): Promise<MessageEffect> {
    if (typeof refund?.id !== 'string' || !Number.isSafeInteger(refund.amount)) return { kind: 'needs_review', detail: 'The notice carries no refund.' };
    const listed = listedRefundOf(refund);
    if (listed.refundId === null && listed.paymentReference === null) return { kind: 'needs_review', detail: 'The refund names no payment.' };
    return this.refunds.settleListed(tx, provider, listed, cause);
  }
}

function isIntent(object: unknown): object is Stripe.PaymentIntent {
  const intent = object as Partial<Stripe.PaymentIntent> | null | undefined;
  return typeof intent?.id === 'string' && typeof intent.status === 'string' && Number.isSafeInteger(intent.amount) && typeof intent.currency === 'string';
}
