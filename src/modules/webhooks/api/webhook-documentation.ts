import { publicEvents } from '../application/event-types.js';
import { exampleOf, schemaOf } from './event.dto.js';

const header = (name: string, description: string) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
});

const headers = [
  header('webhook-id', 'Id of the event, the same for every attempt; use it to detect duplicates'),
  header('webhook-timestamp', 'Unix seconds of this attempt; reject anything older than a few minutes'),
  header(
    'webhook-signature',
    '`v1,<base64>`: HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; several, space-separated, during a secret rotation. With ed25519, also `v1a,<base64>`: verify it with the endpoint’s publicKey',
  ),
];

/** The `webhooks` section of the OpenAPI document: what receivers are sent, type by type. */
export function webhookDocumentation(): Record<string, object> {
  return Object.fromEntries(
    [...publicEvents].map(([type, event]) => [
      type,
      {
        post: {
          summary: event.description,
          operationId: `on_${type.replaceAll('.', '_')}`,
          tags: ['Messages to endpoints'],
          parameters: headers,
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required: ['id', 'type', 'timestamp', 'sequence', 'data'],
                  properties: {
                    id: { type: 'string', format: 'uuid' },
                    type: { type: 'string', const: type },
                    timestamp: { type: 'string', format: 'date-time' },
                    sequence: {
                      type: 'integer',
                      description: 'Increases per subject; types that are not sent leave gaps',
                    },
                    data: schemaOf(event),
                  },
                },
                example: exampleOf(type),
              },
            },
          },
          responses: {
            '2XX': { description: 'Received; the message is not sent again' },
            '410': { description: 'Gone: the endpoint is disabled and gets no more messages' },
            default: {
              description:
                'Anything else, including a redirect or no response within 15 s: the message is retried on schedule, or after Retry-After',
            },
          },
        },
      },
    ]),
  );
}
