import { balanceEvents } from '#modules/balances/events.js';
import { orderEvents } from '#modules/orders/events.js';
import { paymentEvents } from '#modules/payments/events.js';
import { pricingEvents } from '#modules/pricing/events.js';
import { productEvents } from '#modules/products/events.js';
import type { EventType } from '#ports/events.js';
import { webhookEvents } from '../events.js';
import { matches } from '../domain/endpoint.js';

/** Every event type that merchants may be told, in the order of the shop. */
export const publicEvents: ReadonlyMap<string, EventType<unknown>> = new Map(
  [orderEvents, paymentEvents, productEvents, pricingEvents, balanceEvents, webhookEvents].flatMap((events) =>
    Object.entries<EventType<unknown>>(events).filter(([, { isPublic }]) => isPublic),
  ),
);

/** Whether a pattern means any event type at all. */
export function isPattern(pattern: string): boolean {
  return [...publicEvents.keys()].some((type) => matches([pattern], type));
}

export function typesOf(patterns: readonly string[]): string[] {
  return [...publicEvents.keys()].filter((type) => type !== 'webhook.test' && matches(patterns, type));
}
