import { text, uuid, type PublicEvents } from '#ports/public-events.js';

export type WebhookEventType =
  | 'notice.received'
  | 'notice.replay_requested'
  | 'notice.parked'
  | 'notice.unmatched'
  | 'webhook.test'
  | 'webhook_endpoint.created'
  | 'webhook_endpoint.updated'
  | 'webhook_endpoint.deleted'
  | 'webhook_endpoint.secret_rotated'
  | 'webhook_endpoint.disabled'
  | 'webhook_endpoint.recovery_requested'
  | 'webhook_endpoint.recovery_continued';

/** What merchants may be told about their own endpoints. */
export const publicWebhookEvents: PublicEvents<WebhookEventType> = {
  'webhook.test': {
    description: 'Somebody asked for a test of the endpoint. Sent to that endpoint only, whatever it is subscribed to.',
    properties: { endpointId: uuid, message: text },
    example: { endpointId: '01939d00-0000-7000-8000-000000000801', message: 'This is a test.' },
  },
};
