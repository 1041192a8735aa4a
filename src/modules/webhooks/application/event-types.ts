import type { PublicEvent } from '#ports/public-events.js';
import { publicBalanceEvents } from '#modules/balances/contract.js';
import { publicOrderEvents } from '#modules/orders/contract.js';
import { publicPaymentEvents } from '#modules/payments/contract.js';
import { publicProductEvents } from '#modules/products/contract.js';
import { publicWebhookEvents } from '../contract.js';
import { matches } from '../domain/endpoint.js';

/** Every event type that merchants may be told, in the order of the shop. */
export const publicEvents: ReadonlyMap<string, PublicEvent> = new Map(
  [publicOrderEvents, publicPaymentEvents, publicProductEvents, publicBalanceEvents, publicWebhookEvents].flatMap((events) => Object.entries(events)),
);

/** Whether a pattern means any event type at all. */
export function isPattern(pattern: string): boolean {
  return [...publicEvents.keys()].some((type) => matches([pattern], type));
}

export function typesOf(patterns: readonly string[]): string[] {
  return [...publicEvents.keys()].filter((type) => type !== 'webhook.test' && matches(patterns, type));
}
