import type { TimelinePart } from '#ports/timelines.js';

export const webhookTimeline: TimelinePart = {
  entries: `
    SELECT coalesce(a.at, d.created_at), 'delivery', d.event_type, d.id, h.request_id, h.id, h.actor,
           json_build_object('endpointId', d.endpoint_id, 'status', d.status, 'attempt', a.number, 'answer', a.status, 'error', a.error,
                             'nextAttemptAt', d.next_attempt_at)
    FROM happened h JOIN webhook_deliveries d ON d.event_id = h.id
    LEFT JOIN LATERAL (SELECT number, at, status, error FROM webhook_attempts WHERE delivery_id = d.id ORDER BY number LIMIT 12) a ON true`,
};
