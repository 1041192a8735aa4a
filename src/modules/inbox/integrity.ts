import type { IntegrityCheck } from '#ports/integrity.js';

export const inboxNotStuck: IntegrityCheck = {
  name: 'inbox-not-stuck',
  description: 'Every inbound message that is not settled has a reaction that will settle it.',
  checked: 'inbox_messages',
  violations: `
    SELECT m.id, m.type, 'nothing will apply this message' AS detail FROM inbox_messages m
    WHERE m.status = 'received'
      AND NOT EXISTS (SELECT FROM events e JOIN outbox o ON o.event_id = e.id WHERE e.subject_id = m.id AND strpos(o.subscriber, '/') = 0)`,
};
