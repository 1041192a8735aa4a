import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { Inbox, type MessageEffect, type MessageSignature, type MessageSource } from '#modules/inbox/contract.js';
import { PaymentSettings } from '../../settings.js';
import type { Cause } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { ApplyProviderState } from '../../application/payment/apply-provider-state.js';
import { SettleRefund } from '../../application/refund/settle-refund.js';
import { listedRefundOf, ourAmount, providerStateOf, riskOf } from '../stripe/stripe-objects.js';

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

/** Reads Stripe's events. An event says that something happened; the object in it says how the payment stands now. */
@Injectable()
export class StripeEvents implements MessageSource {
  readonly name = 'stripe';
  readonly signature: MessageSignature;
  /** Long numbers of banks, but never a card's. */
  readonly mayHoldCardLikeNumbers = true;

  constructor(
    settings: PaymentSettings,
    inbox: Inbox,
    private readonly providerStates: ApplyProviderState,
    private readonly refunds: SettleRefund,
  ) {
    const { stripeWebhookSecrets: secrets } = settings;
    this.signature = { header: 'stripe-signature', prefix: (timestamp) => `${timestamp}.`, secrets };
    inbox.register(this);
  }

  handles(type: string): boolean {
    return intentTypes.has(type) || refundTypes.has(type) || chargeTypes.has(type) || type === 'charge.refunded';
  }

  async apply(tx: Tx, type: string, message: JsonObject, cause: Cause): Promise<MessageEffect> {
    const object = (message['data'] as { object?: unknown } | undefined)?.object;
    if (intentTypes.has(type)) {
      if (!isIntent(object)) return { kind: 'needs_review', detail: 'The message carries no payment intent.' };
      return this.providerStates.apply(tx, this.name, providerStateOf(object), cause);
    }
    if (type === 'charge.refunded') return this.applyChargeRefunded(tx, object as Stripe.Charge | undefined, cause);
    if (chargeTypes.has(type)) return this.noteRisk(tx, object as Stripe.Charge | undefined);
    return this.applyRefund(tx, object as Stripe.Refund | undefined, cause);
  }

  private async noteRisk(tx: Tx, charge: Stripe.Charge | undefined): Promise<MessageEffect> {
    const intent = typeof charge?.payment_intent === 'string' ? charge.payment_intent : charge?.payment_intent?.id;
    const risk = charge && riskOf(charge);
    if (!intent || !risk) return { kind: 'ignored', detail: 'The charge says nothing about risk.' };
    const effect = await this.providerStates.noteRisk(tx, this.name, intent, risk);
    // A charge inherits the metadata of its intent: without our id in it, it belongs to another system.
    return effect.kind === 'unmatched' && !charge.metadata?.['paymentId']
      ? { kind: 'ignored', detail: effect.detail }
      : effect;
  }

  /** It says how much was given back in all, not which refunds that were: where our books know less, they are looked up. */
  private async applyChargeRefunded(tx: Tx, charge: Stripe.Charge | undefined, cause: Cause): Promise<MessageEffect> {
    const intent = typeof charge?.payment_intent === 'string' ? charge.payment_intent : charge?.payment_intent?.id;
    if (!intent || !Number.isSafeInteger(charge?.amount_refunded))
      return { kind: 'needs_review', detail: 'The message names no payment or no amount.' };
    return this.refunds.compareTotal(
      tx,
      this.name,
      intent,
      ourAmount(charge!.amount_refunded, charge!.currency),
      cause,
    );
  }

  private async applyRefund(tx: Tx, refund: Stripe.Refund | undefined, cause: Cause): Promise<MessageEffect> {
    if (typeof refund?.id !== 'string' || !Number.isSafeInteger(refund.amount))
      return { kind: 'needs_review', detail: 'The message carries no refund.' };
    const listed = listedRefundOf(refund);
    if (listed.refundId === null && listed.paymentReference === null)
      return { kind: 'needs_review', detail: 'The refund names no payment.' };
    return this.refunds.settleListed(tx, this.name, listed, cause);
  }
}

function isIntent(object: unknown): object is Stripe.PaymentIntent {
  const intent = object as Partial<Stripe.PaymentIntent> | null | undefined;
  return (
    typeof intent?.id === 'string' &&
    typeof intent.status === 'string' &&
    Number.isSafeInteger(intent.amount) &&
    typeof intent.currency === 'string'
  );
}
