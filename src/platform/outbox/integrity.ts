import type { IntegrityCheck } from '#ports/integrity.js';

/** Minutes after which what should have moved is stuck. */
const STUCK_MINUTES = 15;

export const eventSequences: IntegrityCheck = {
  name: 'event-sequences',
  description: 'The events of every subject are numbered 1, 2, 3 ... without gaps.',
  checked: 'events',
  violations: `SELECT subject_id AS id, count(*) AS events, max(sequence) AS last FROM events GROUP BY 1 HAVING min(sequence) <> 1 OR max(sequence) <> count(*)`,
};

export const reactionsNotStuck: IntegrityCheck = {
  name: 'reactions-not-stuck',
  description: `No reaction of our own has been due, or leased, for more than ${STUCK_MINUTES} minutes while a process was there to carry it.`,
  checked: 'outbox',
  violations: `
    SELECT o.event_id AS id, o.subscriber, o.due_at AS "dueAt", o.attempts FROM outbox o
    WHERE strpos(o.subscriber, '/') = 0 AND o.due_at < now() - interval '${STUCK_MINUTES} minutes'
      AND EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name IN ('quittance-all', 'quittance-worker'))`,
};
