import {
  count,
  listOf,
  nullable,
  object,
  oneOf,
  optional,
  text,
  timestamp,
  uuid,
  type Schema,
} from '#kernel/schema.js';
import { eventsOf, eventType, type PayloadsOf } from '#ports/events.js';

const endpointId = '01939d00-0000-7000-8000-000000000801';
const endpoint = {
  endpointId: uuid,
  url: text,
  events: listOf(text),
  status: oneOf('enabled', 'paused', 'disabled'),
};
const endpointExample = {
  endpointId,
  url: 'https://merchant.example/hooks',
  events: ['*'],
  status: 'enabled',
} as const;

function internal<Payload>(description: string, payload: Schema<Payload>, example: Payload) {
  return eventType({ version: 1, isPublic: false, description, payload, example });
}

export const webhookEvents = {
  'webhook.test': eventType({
    version: 1,
    isPublic: true,
    description: 'A test of the endpoint was requested. Sent only to that endpoint, regardless of its subscriptions.',
    payload: object({ endpointId: uuid, message: text }),
    example: { endpointId, message: 'This is a test.' },
  }),
  'webhook_endpoint.created': internal('An endpoint was registered.', object(endpoint), endpointExample),
  'webhook_endpoint.updated': internal(
    'An endpoint was changed; `changed` names the members.',
    object({ ...endpoint, changed: listOf(text) }),
    { ...endpointExample, changed: ['url'] },
  ),
  'webhook_endpoint.deleted': internal('An endpoint was deleted.', object(endpoint), endpointExample),
  'webhook_endpoint.secret_rotated': internal(
    'An endpoint’s secret was rotated; the previous one also signs until `previousValidUntil`.',
    object({ ...endpoint, previousValidUntil: timestamp }),
    { ...endpointExample, previousValidUntil: '2026-02-01T12:00:00.000Z' },
  ),
  'webhook_endpoint.disabled': eventType({
    version: 1,
    isPublic: true,
    description:
      'An endpoint was disabled because it is gone or every attempt failed. Another endpoint can subscribe to this event.',
    payload: object({ ...endpoint, reason: oneOf('requested', 'gone', 'failing'), failingSince: nullable(timestamp) }),
    example: { ...endpointExample, status: 'disabled', reason: 'gone', failingSince: null },
  }),
  'webhook_endpoint.recovery_requested': internal(
    'Events that an endpoint missed in a window are to be sent.',
    object({ ...endpoint, since: timestamp, until: timestamp, count, afterEventId: optional(uuid) }),
    { ...endpointExample, since: '2026-01-30T12:00:00.000Z', until: '2026-01-31T12:00:00.000Z', count: 3 },
  ),
  'webhook_endpoint.recovery_continued': internal(
    'The next batch of missed events is to be sent.',
    object({ ...endpoint, since: timestamp, until: timestamp, afterEventId: optional(uuid) }),
    {
      ...endpointExample,
      since: '2026-01-30T12:00:00.000Z',
      until: '2026-01-31T12:00:00.000Z',
      afterEventId: '01939d00-0000-7000-8000-000000000901',
    },
  ),
};

export type WebhookEvents = PayloadsOf<typeof webhookEvents>;
export const newWebhookEvent = eventsOf(webhookEvents);
