import { accessEvents } from '#modules/access/events.js';
import { balanceEvents } from '#modules/balances/events.js';
import { inboxEvents } from '#modules/inbox/events.js';
import { operationsEvents } from '#modules/operations/events.js';
import { orderEvents } from '#modules/orders/events.js';
import { paymentEvents } from '#modules/payments/events.js';
import { pricingEvents } from '#modules/pricing/events.js';
import { productEvents } from '#modules/products/events.js';
import { webhookEvents } from '#modules/webhooks/events.js';
import type { EventOf, PayloadsOf } from '#ports/events.js';

/** Every event type of the program, in the order of the shop: what is sold, how it is paid, what is told, what is kept. */
export const eventTypes = {
  ...orderEvents,
  ...paymentEvents,
  ...productEvents,
  ...pricingEvents,
  ...balanceEvents,
  ...webhookEvents,
  ...inboxEvents,
  ...accessEvents,
  ...operationsEvents,
};

export type EventMap = PayloadsOf<typeof eventTypes>;

/** A recorded event of any type, told apart by `type`. */
export type AnyEvent<Type extends keyof EventMap = keyof EventMap> = EventOf<EventMap, Type>;
