import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { Inbox, type MessageEffect, type MessageSignature, type MessageSource } from '#modules/inbox/contract.js';
import { PaymentSettings } from '../../settings.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { JsonObject } from '#kernel/json.js';
import { moneyText } from '#kernel/money.js';
import type { Tx } from '#ports/tx.js';
import { Log } from '#platform/telemetry/log.js';
import { ApplyDispute } from '../../application/dispute/apply-dispute.js';
import { PaymentMethods } from '../../application/method/payment-methods.js';
import { ApplyProviderState } from '../../application/payment/apply-provider-state.js';
import { SettleRefund } from '../../application/refund/settle-refund.js';
import type { HeardPayment } from '../../application/payments.js';
import { newPaymentEvent } from '../../events.js';
import {
  disputeOf,
  isDispute,
  isIntent,
  listedRefundOf,
  ourAmount,
  ourIdIn,
  providerStateOf,
  referenceIn,
  riskOf,
} from '../stripe/stripe-objects.js';
import { API_VERSION } from '../stripe/stripe-calls.js';

const intentTypes = new Set([
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.requires_action',
  'payment_intent.amount_capturable_updated',
  'payment_intent.processing',
  'payment_intent.canceled',
]);
/** Not asked for, but where they come they carry what the provider thinks of the risk. */
const chargeTypes = new Set(['charge.succeeded', 'charge.failed']);
/** `charge.refund.updated` is what endpoints with an API version before 2024-10-28 are told. */
const refundTypes = new Set(['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated']);
const disputeTypes = new Set([
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
]);
/** They carry no card: what was saved is looked up. */
const setupTypes = new Set([
  'setup_intent.succeeded',
  'setup_intent.setup_failed',
  'setup_intent.requires_action',
  'setup_intent.canceled',
]);
/** `automatically_updated`: the issuer has replaced a card. */
const methodTypes = new Set([
  'payment_method.detached',
  'payment_method.updated',
  'payment_method.automatically_updated',
]);
/** Where the money of a dispute is when these messages are sent. */
const fundsOf = {
  'charge.dispute.funds_withdrawn': 'withdrawn',
  'charge.dispute.funds_reinstated': 'reinstated',
} as const;
/** What thin events name, in our words. */
const lookedUp = {
  payment_intent: 'payment',
  refund: 'refund',
  dispute: 'dispute',
  setup_intent: 'setup',
  payment_method: 'method',
} as const;
type LookedUp = (typeof lookedUp)[keyof typeof lookedUp];
const THIN = /^v1\./;

/**
 * Reads Stripe's events. An event says that something happened; the object in it says how things stand now. A thin event only
 * names the object, which is then looked up. One account may serve several programs: what is about an object that carries none
 * of our ids, and that we do not know, is not for us.
 */
@Injectable()
export class StripeEvents implements MessageSource {
  readonly name = 'stripe';
  readonly signature: MessageSignature;
  private readonly versionsSeen = new Set<string>([API_VERSION]);

  constructor(
    settings: PaymentSettings,
    inbox: Inbox,
    private readonly providerStates: ApplyProviderState,
    private readonly refunds: SettleRefund,
    private readonly disputes: ApplyDispute,
    private readonly methods: PaymentMethods,
    private readonly events: EventLog,
    private readonly log: Log,
  ) {
    const { stripeWebhookSecrets: secrets } = settings;
    this.signature = { header: 'stripe-signature', prefix: (timestamp) => `${timestamp}.`, secrets };
    inbox.register(this);
  }

  handles(given: string): boolean {
    const type = given.replace(THIN, '');
    return (
      [intentTypes, refundTypes, chargeTypes, disputeTypes, setupTypes, methodTypes].some((types) => types.has(type)) ||
      type === 'charge.refunded'
    );
  }

  async apply(tx: Tx, type: string, message: JsonObject, cause: Cause): Promise<MessageEffect> {
    if (THIN.test(type)) return this.lookUp(tx, message['related_object'], cause);
    this.noteVersion(message['api_version']);
    const object = (message['data'] as { object?: unknown } | undefined)?.object;
    if (intentTypes.has(type)) return this.applyIntent(tx, object, cause);
    if (disputeTypes.has(type)) return this.applyDispute(tx, type, object, cause);
    if (type === 'charge.refunded') return this.applyChargeRefunded(tx, object as Stripe.Charge | undefined, cause);
    if (setupTypes.has(type)) return this.lookUpSetup(tx, object as Stripe.SetupIntent | undefined, cause);
    if (methodTypes.has(type)) return this.lookUpMethod(tx, object as Stripe.PaymentMethod | undefined, cause);
    if (chargeTypes.has(type)) return this.noteRisk(tx, object as Stripe.Charge | undefined);
    return this.applyRefund(tx, object as Stripe.Refund | undefined, cause);
  }

  async lockAhead(tx: Tx, messages: readonly { readonly message: JsonObject }[]): Promise<void> {
    const heard = new Map<string, HeardPayment>();
    for (const { message } of messages) {
      const object: unknown = (message['data'] as { object?: unknown } | undefined)?.object;
      const { payment_intent: intent, metadata } = (object ?? {}) as Partial<Stripe.Charge>;
      const reference = isIntent(object) ? object.id : referenceIn(intent);
      const paymentId = ourIdIn(metadata, 'paymentId');
      if (isReference(reference) && !heard.get(reference)?.paymentId) heard.set(reference, { reference, paymentId });
    }
    await this.providerStates.lockAhead(tx, this.name, [...heard.values()]);
  }

  /** Said once for each: objects of other versions are read as well as they can be, and a setting at Stripe mends it. */
  private noteVersion(version: unknown): void {
    if (typeof version !== 'string' || this.versionsSeen.has(version) || this.versionsSeen.size > 100) return;
    this.versionsSeen.add(version);
    this.log.warn(
      { version, expected: API_VERSION },
      'Stripe sends events of another API version; set the version of the webhook endpoint there',
    );
  }

  private async applyIntent(tx: Tx, intent: unknown, cause: Cause): Promise<MessageEffect> {
    if (!isIntent(intent)) return { kind: 'needs_review', detail: 'The message carries no payment intent.' };
    const effect = await this.providerStates.apply(tx, this.name, providerStateOf(intent), cause);
    return orForeign(effect, ourIdIn(intent.metadata, 'paymentId') !== null);
  }

  private async applyDispute(tx: Tx, type: string, dispute: unknown, cause: Cause): Promise<MessageEffect> {
    if (!isDispute(dispute)) return { kind: 'needs_review', detail: 'The message carries no dispute.' };
    const heard = disputeOf(dispute);
    const funds = fundsOf[type as keyof typeof fundsOf] ?? heard.funds;
    return this.disputes.apply(tx, this.name, { ...heard, funds }, cause);
  }

  /** A thin event: which object it is about, and nothing of it. */
  private async lookUp(tx: Tx, related: unknown, cause: Cause): Promise<MessageEffect> {
    const { id, type } = (related ?? {}) as { id?: unknown; type?: unknown };
    const object = Object.hasOwn(lookedUp, String(type)) ? lookedUp[type as keyof typeof lookedUp] : undefined;
    if (object === undefined || !isReference(id))
      return {
        kind: 'needs_review',
        detail:
          'A thin event that names nothing that can be looked up. Set the payload style of the endpoint at Stripe to snapshot.',
      };
    await this.requestLookUp(tx, object, id, cause);
    return { kind: 'applied', detail: `The event is thin; its ${object} is looked up at the provider.` };
  }

  private async lookUpSetup(tx: Tx, setup: Stripe.SetupIntent | undefined, cause: Cause): Promise<MessageEffect> {
    if (!isReference(setup?.id)) return { kind: 'needs_review', detail: 'The message carries no setup intent.' };
    if (ourIdIn(setup.metadata, 'paymentMethodId') === null)
      return { kind: 'ignored', detail: 'The setup carries no id of this shop, so it belongs to another program.' };
    await this.requestLookUp(tx, 'setup', setup.id, cause);
    return { kind: 'applied', detail: 'What was saved is looked up at the provider.' };
  }

  private async lookUpMethod(tx: Tx, method: Stripe.PaymentMethod | undefined, cause: Cause): Promise<MessageEffect> {
    if (!isReference(method?.id)) return { kind: 'needs_review', detail: 'The message carries no payment method.' };
    if ((await this.methods.look(tx, this.name, method.id)) === null)
      return { kind: 'ignored', detail: `${method.id} is not a payment method that is saved here.` };
    await this.requestLookUp(tx, 'method', method.id, cause);
    return { kind: 'applied', detail: 'How it is kept now is looked up at the provider.' };
  }

  private async requestLookUp(tx: Tx, object: LookedUp, reference: string, cause: Cause): Promise<void> {
    const subject = { type: 'provider_object', id: newId() };
    const data = { provider: this.name, object, reference };
    await this.events.append(tx, [newPaymentEvent('provider_object.lookup_requested', subject, data)], cause);
  }

  private async noteRisk(tx: Tx, charge: Stripe.Charge | undefined): Promise<MessageEffect> {
    const intent = referenceIn(charge?.payment_intent);
    const risk = charge && riskOf(charge);
    if (!intent || !risk) return { kind: 'ignored', detail: 'The charge says nothing about risk.' };
    // A charge inherits the metadata of its intent.
    const paymentId = ourIdIn(charge.metadata, 'paymentId');
    const effect = await this.providerStates.noteRisk(tx, this.name, { reference: intent, paymentId }, risk);
    return orForeign(effect, paymentId !== null);
  }

  /** It says how much was given back in all, not which refunds that were: where our books know less, they are looked up. */
  private async applyChargeRefunded(tx: Tx, charge: Stripe.Charge | undefined, cause: Cause): Promise<MessageEffect> {
    if (!Number.isSafeInteger(charge?.amount_refunded))
      return { kind: 'needs_review', detail: 'The message carries no amount.' };
    const intent = referenceIn(charge!.payment_intent);
    if (!intent) return { kind: 'ignored', detail: 'The charge has no payment intent, so it is not ours.' };
    const refunded = ourAmount(charge!.amount_refunded, charge!.currency);
    const effect = await this.refunds.compareTotal(tx, this.name, intent, refunded, cause);
    return orForeign(effect, ourIdIn(charge!.metadata, 'paymentId') !== null);
  }

  private async applyRefund(tx: Tx, refund: Stripe.Refund | undefined, cause: Cause): Promise<MessageEffect> {
    if (typeof refund?.id !== 'string' || !Number.isSafeInteger(refund.amount))
      return { kind: 'needs_review', detail: 'The message carries no refund.' };
    const listed = listedRefundOf(refund);
    if (listed.refundId === null && listed.paymentReference === null)
      return { kind: 'ignored', detail: 'The refund names no payment intent, so it is not of a payment of ours.' };
    const { paymentReference: intent, amount, currency } = listed;
    const effect = await this.refunds.settleListed(tx, this.name, listed, cause);
    if (effect.kind === 'unmatched' && listed.refundId === null)
      return {
        kind: 'ignored',
        detail: `A refund of ${moneyText({ amount, currency })} of ${intent}, which is not ours.`,
      };
    return effect;
  }
}

function isReference(id: unknown): id is string {
  return typeof id === 'string' && /^[A-Za-z0-9_]{3,255}$/.test(id);
}

/** What finds nothing here and carries no id of ours belongs to another program on the same account. */
function orForeign(effect: MessageEffect, isOurs: boolean): MessageEffect {
  return effect.kind === 'unmatched' && !isOurs
    ? { kind: 'ignored', detail: `${effect.detail} It carries no id of this shop, so it belongs to another program.` }
    : effect;
}
