import { Injectable } from '@nestjs/common';
import type { OutboxState } from '#ports/dead-letters.js';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';

// Rows for recipients wait for systems outside and are counted apart: they say nothing about our own health.
const state = statement(
  'outbox.state',
  `SELECT count(*) AS pending,
          count(*) FILTER (WHERE NOT for_recipient AND due_at <= now()) AS due,
          coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE NOT for_recipient AND due_at <= now())), 0)::float8 AS oldest_due_seconds,
          count(*) FILTER (WHERE for_recipient) AS deliveries_pending,
          count(*) FILTER (WHERE for_recipient AND due_at <= now()) AS deliveries_due,
          coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE for_recipient AND due_at <= now())), 0)::float8 AS deliveries_oldest_due_seconds,
          (SELECT count(*) FROM dead_letters) AS dead
   FROM (SELECT due_at, strpos(subscriber, '/') > 0 AS for_recipient FROM outbox) o`,
);

// One index probe per reaction of our own, however long the queues are.
const oldestDue = statement(
  'outbox.oldest-due',
  `SELECT coalesce(max(extract(epoch FROM now() - o.due_at)), 0)::float8 AS seconds
   FROM unnest($1::text[]) AS s (subscriber)
   CROSS JOIN LATERAL (SELECT due_at FROM outbox WHERE subscriber = s.subscriber AND due_at <= now() ORDER BY due_at LIMIT 1) o`,
);

@Injectable()
export class Backlog {
  constructor(private readonly database: Database) {}

  async state(): Promise<OutboxState> {
    const [row] = await this.database.read<StateRow>(state);
    return {
      pending: row!.pending,
      due: row!.due,
      oldestDueSeconds: row!.oldest_due_seconds,
      dead: row!.dead,
      deliveries: {
        pending: row!.deliveries_pending,
        due: row!.deliveries_due,
        oldestDueSeconds: row!.deliveries_oldest_due_seconds,
      },
    };
  }

  /** Seconds for which the oldest due row of these reactions has been waiting. */
  async oldestDueSeconds(subscribers: readonly string[]): Promise<number> {
    const [row] = await this.database.read<{ seconds: number }>(oldestDue, [subscribers]);
    return row!.seconds;
  }
}

interface StateRow {
  pending: number;
  due: number;
  oldest_due_seconds: number;
  deliveries_pending: number;
  deliveries_due: number;
  deliveries_oldest_due_seconds: number;
  dead: number;
}
