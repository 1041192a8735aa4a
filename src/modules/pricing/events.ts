import { count, listOf, text } from '#kernel/schema.js';
import { object } from '#kernel/schema.js';
import { eventsOf, eventType, type PayloadsOf } from '#ports/events.js';

export const pricingEvents = {
  'tariff.published': eventType({
    version: 1,
    isPublic: true,
    description:
      'Tax rates, shipping methods, promotions or pricing settings changed: orders are priced by the tariff of this number from now on. `changed` names what changed.',
    payload: object({ version: count, changed: listOf(text) }),
    example: { version: 7, changed: ['tax-rate 01939d00-0000-7000-8000-000000000701'] },
  }),
};

export type PricingEvents = PayloadsOf<typeof pricingEvents>;
export const pricingEvent = eventsOf(pricingEvents);
