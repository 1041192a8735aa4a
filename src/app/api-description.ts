import { webhookDocumentation } from '#modules/webhooks/api/webhook-documentation.js';
import type { ApiDescription } from '#platform/http/openapi.js';
import { VERSION } from './version.js';

/** What the OpenAPI document says about the program as a whole. */
export function apiDescription(): ApiDescription {
  return {
    title: 'Quittance',
    description:
      'Orders and payments that add up. Authorize with the key that the start of the server printed, then try the operations from top to bottom: the examples work on the demo shop as they stand.',
    version: VERSION,
    members: { webhooks: webhookDocumentation() },
  };
}
