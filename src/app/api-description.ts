import { webhookDocumentation } from '#modules/webhooks/api/webhook-documentation.js';
import type { ApiDescription } from '#platform/http/openapi.js';
import { VERSION } from './version.js';

/** What the OpenAPI document says about the program as a whole. */
export function apiDescription(): ApiDescription {
  return {
    title: 'Quittance',
    description:
      'Orders and payments that add up. Authorize with the key printed at server startup, then try the operations from top to bottom: the examples work as is on the demo shop.',
    version: VERSION,
    members: { webhooks: webhookDocumentation() },
  };
}
