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
  header('webhook-id', 'Id of the event, the same at every attempt: tell repetitions apart by it'),
  header('webhook-timestamp', 'Unix seconds of this attempt; refuse what is older than a few minutes'),
  header(
    'webhook-signature',
    '`v1,<base64>`: HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; several, space separated, while a secret rotates. With ed25519, `v1a,<base64>` besides: check it with the endpoint’s publicKey',
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
                    sequence: { type: 'integer', description: 'Rises per subject; types that are not told leave gaps' },
                    data: schemaOf(event),
                  },
                },
                example: exampleOf(type),
              },
            },
          },
          responses: {
            '2XX': { description: 'Understood; it is not sent again' },
            '410': { description: 'Nothing is wanted any more: the endpoint is disabled' },
            default: {
              description:
                'Anything else, a redirect included, and no answer within 15 s: it is sent again by schedule, or after Retry-After',
            },
          },
        },
      },
    ]),
  );
}
