import type { TimelinePart } from '#ports/timelines.js';

export const inboxTimeline: TimelinePart = {
  entries: `
    SELECT received_at, 'notice', type, id, NULL, NULL, 'provider:' || source,
           json_build_object('provider', source, 'eventId', event_id, 'status', status, 'effect', effect, 'settledAt', settled_at)
    FROM inbox_messages WHERE subject_id = $1`,
};
