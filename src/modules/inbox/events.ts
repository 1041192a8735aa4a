import { nullable, object, text, uuid, type Schema } from '#kernel/schema.js';
import { eventsOf, eventType, type PayloadsOf } from '#ports/events.js';

const message = { messageId: uuid, source: text, eventId: text, messageType: text };
const messageExample = {
  messageId: '01939d00-0000-7000-8000-000000000301',
  source: 'stripe',
  eventId: 'evt_3ExampleExample',
  messageType: 'payment_intent.succeeded',
};

function internal<Payload>(description: string, payload: Schema<Payload>, example: Payload, alias: string) {
  return eventType({ version: 1, isPublic: false, description, payload, example, aliases: [alias] });
}

export const inboxEvents = {
  'inbox.received': internal(
    'A signed message was stored; it is dispatched to the module of its source.',
    object(message),
    messageExample,
    'notice.received',
  ),
  'inbox.replay_requested': internal(
    'A stored message is to be dispatched again.',
    object(message),
    messageExample,
    'notice.replay_requested',
  ),
  'inbox.needs_review': internal(
    'A message contradicts our records and was not applied; it needs manual review.',
    object({ ...message, detail: nullable(text) }),
    { ...messageExample, detail: 'The message is about 5898 USD, the order costs 5899 USD.' },
    'notice.parked',
  ),
  'inbox.unmatched': internal(
    'The subject of a message never appeared; it needs manual review.',
    object({ ...message, detail: nullable(text) }),
    { ...messageExample, detail: 'There is no payment pi_3ExampleExample.' },
    'notice.unmatched',
  ),
};

export type InboxEvents = PayloadsOf<typeof inboxEvents>;
export const inboxEvent = eventsOf(inboxEvents);
