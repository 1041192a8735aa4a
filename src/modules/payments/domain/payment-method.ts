import type { JsonObject } from '#kernel/json.js';
import type { NewEvent } from '#ports/events.js';
import { newPaymentEvent, type PaymentEvents } from '../events.js';
import type { PaymentError } from './payment.js';

export type PaymentMethodState = 'pending' | 'requires_action' | 'active' | 'failed' | 'detached';

/**
 * The state machine. What was detached is never used again; whether it failed is for the provider to say, which may try another
 * card of the payer under the same setup. Compared with the schema's CHECK by a test.
 */
export const nextMethodStates: Readonly<Record<PaymentMethodState, readonly PaymentMethodState[]>> = {
  pending: ['requires_action', 'active', 'failed', 'detached'],
  requires_action: ['active', 'failed', 'detached'],
  failed: ['requires_action', 'active', 'detached'],
  active: ['detached'],
  detached: [],
};

/** What of a card may be shown. The number itself is the provider's alone. */
export interface CardFacts {
  readonly brand: string | null;
  readonly last4: string | null;
  readonly expMonth: number | null;
  readonly expYear: number | null;
}

export const noCard: CardFacts = { brand: null, last4: null, expMonth: null, expYear: null };

/** A payment method that the provider keeps for a customer, to pay with later. */
export interface PaymentMethod extends CardFacts {
  readonly id: string;
  readonly customerId: string;
  readonly provider: string;
  /** The provider's own id (pm_...); null until the method is active. */
  readonly providerReference: string | null;
  /** The provider's id of the attempt to save it (seti_...); null until the provider has answered. */
  readonly setupReference: string | null;
  readonly status: PaymentMethodState;
  /** What the payer must do, as the provider says it; null in every state but requires_action. */
  readonly nextAction: JsonObject | null;
  readonly lastError: PaymentError | null;
  /** The provider's id of the attempt that failed last: several may fail under one setup. */
  readonly failedAttempt: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a provider says about an attempt to save a payment method, in our terms. */
export interface ProviderSetup {
  /** Null when the provider would not even begin. */
  readonly reference: string | null;
  /** Our id, as the provider was told; null for setups of other programs. */
  readonly methodId: string | null;
  readonly clientSecret: string | null;
  readonly status: PaymentMethodState;
  readonly nextAction: JsonObject | null;
  readonly error: PaymentError | null;
  /** The provider's id of the latest attempt. */
  readonly attempt: string | null;
  readonly method: ProviderMethod | null;
}

/** A payment method as the provider keeps it. */
export interface ProviderMethod extends CardFacts {
  readonly reference: string;
}

export type MethodEvent = NewEvent<Extract<keyof PaymentEvents, `payment_method.${string}`>>;

export interface MethodChange {
  readonly method: PaymentMethod;
  readonly events: readonly MethodEvent[];
}

export function newPaymentMethod(id: string, customerId: string, provider: string, now: Date): PaymentMethod {
  return {
    id,
    customerId,
    provider,
    ...noCard,
    providerReference: null,
    setupReference: null,
    status: 'pending',
    nextAction: null,
    lastError: null,
    failedAttempt: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
}

/** Applies what the provider says about saving it. Late and repeated news change nothing. */
export function applySetup(method: PaymentMethod, heard: ProviderSetup, now: Date): MethodChange {
  const known = { ...method, setupReference: method.setupReference ?? heard.reference };
  if (method.status === 'detached') return letGo(method, known, heard, now);
  // Saved without saying what was saved: the setup is looked up, and heard again.
  if (!isNews(method, heard) || (heard.status === 'active' && heard.method === null))
    return { method: known.setupReference === method.setupReference ? method : changed(known, now), events: [] };
  const next = changed(
    {
      ...known,
      ...cardOf(heard.method),
      providerReference: heard.status === 'active' ? heard.method!.reference : null,
      status: heard.status,
      nextAction: heard.nextAction,
      lastError: heard.error,
      failedAttempt: heard.status === 'failed' ? heard.attempt : method.failedAttempt,
    },
    now,
  );
  switch (heard.status) {
    case 'active':
      return { method: next, events: [methodEvent('payment_method.saved', next)] };
    case 'failed':
      return { method: next, events: [methodEvent('payment_method.failed', next)] };
    default:
      return { method: next, events: [] };
  }
}

/** A state that it may go to, another thing that its payer must do, or another attempt that has failed. */
function isNews(method: PaymentMethod, heard: ProviderSetup): boolean {
  if (heard.status !== method.status) return nextMethodStates[method.status].includes(heard.status);
  if (heard.status === 'requires_action') return JSON.stringify(heard.nextAction) !== JSON.stringify(method.nextAction);
  return heard.status === 'failed' && heard.attempt !== null && heard.attempt !== method.failedAttempt;
}

/** The provider goes on with what was detached meanwhile: it is told (again) to let go of it. */
function letGo(method: PaymentMethod, known: PaymentMethod, heard: ProviderSetup, now: Date): MethodChange {
  const isSaved = heard.status === 'active' && heard.method !== null && method.providerReference === null;
  if (!isSaved && known.setupReference === method.setupReference) return { method, events: [] };
  const next = changed({ ...known, ...(isSaved && { providerReference: heard.method.reference }) }, now);
  return { method: next, events: [methodEvent('payment_method.detach_requested', next)] };
}

/** A card that was replaced or renewed by its issuer keeps its id at the provider. */
export function renewed(method: PaymentMethod, heard: CardFacts, now: Date): PaymentMethod {
  const facts = cardOf(heard);
  const isSame = (Object.keys(facts) as (keyof CardFacts)[]).every((name) => method[name] === facts[name]);
  return isSame || method.status !== 'active' ? method : changed({ ...method, ...facts }, now);
}

/** It is not to be used any more. The provider is told by the reaction to the event. Repeating changes nothing. */
export function detach(method: PaymentMethod, now: Date): MethodChange {
  if (method.status === 'detached') return { method, events: [] };
  const next = changed({ ...method, status: 'detached', nextAction: null }, now);
  return { method: next, events: [methodEvent('payment_method.detached', next)] };
}

function methodEvent(type: MethodEvent['type'], method: PaymentMethod): MethodEvent {
  const { id, customerId, provider, providerReference, setupReference, brand, last4, expMonth, expYear } = method;
  const facts = { paymentMethodId: id, customerId, provider, providerReference, setupReference };
  return newPaymentEvent(type, { type: 'payment_method', id }, { ...facts, brand, last4, expMonth, expYear });
}

/**
 * The provider is to forget a customer.
 * @param id of the subject, a new one
 */
export function customerForgotten(
  id: string,
  provider: string,
  reference: string,
): NewEvent<'provider_customer.forgotten'> {
  const subject = { type: 'provider_customer', id };
  return newPaymentEvent('provider_customer.forgotten', subject, { provider, reference });
}

function changed(method: PaymentMethod, now: Date): PaymentMethod {
  return { ...method, version: method.version + 1, updatedAt: now };
}

function cardOf(card: CardFacts | null): CardFacts {
  const { brand, last4, expMonth, expYear } = card ?? noCard;
  return { brand, last4, expMonth, expYear };
}
