import type { IntegrityCheck } from '#ports/integrity.js';

export const deliveriesNotStuck: IntegrityCheck = {
  name: 'deliveries-not-stuck',
  description: 'Every pending message to an endpoint is queued.',
  checked: 'webhook_deliveries',
  violations: `
    SELECT d.id, d.event_id AS "eventId", d.endpoint_id AS "endpointId" FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
    WHERE d.status = 'pending' AND NOT EXISTS (SELECT FROM outbox o WHERE o.event_id = d.event_id AND o.subscriber = 'webhooks.deliver/' || d.endpoint_id)`,
};
