import { Injectable } from '@nestjs/common';
import { TimelineParts, type TimelinePart } from '#ports/timelines.js';
import type { JsonObject } from '#kernel/json.js';
import { Database } from '#platform/database/database.js';
import { statement, type Statement } from '#platform/database/statement.js';
import { Timelines, type TimelineEntry } from '../application/timeline.js';

// Reads only, each part from an index. The first row says whether there is such an order at all.
function ofOrder(parts: readonly TimelinePart[]): Statement {
  const subjects = parts.flatMap((part) => part.subjects ?? []).map((part) => `UNION ALL ${part}`);
  const entries = parts.flatMap((part) => part.entries ?? []).map((part) => `UNION ALL ${part}`);
  return statement(
    'timelines.of-order',
    `WITH subjects AS (SELECT $1::uuid AS id ${subjects.join(' ')}),
     happened AS MATERIALIZED (
       SELECT e.* FROM subjects s CROSS JOIN LATERAL (SELECT * FROM events WHERE subject_id = s.id ORDER BY sequence LIMIT $2) e),
     entries AS (
       SELECT occurred_at AS at, 'event' AS kind, type, id, request_id, caused_by, actor,
              json_build_object('subject', json_build_object('type', subject_type, 'id', subject_id), 'sequence', sequence, 'data', data) AS detail
       FROM happened
       ${entries.join('\n')})
     SELECT e.* FROM (SELECT at, kind, type, id, request_id, caused_by, actor, detail FROM entries ORDER BY at, kind, id LIMIT $2) e
     RIGHT JOIN orders o ON true WHERE o.id = $1 ORDER BY at, e.kind = 'delivery', e.id`,
  );
}

interface Row {
  at: Date | null;
  kind: TimelineEntry['kind'];
  type: string;
  id: string;
  request_id: string | null;
  caused_by: string | null;
  actor: string | null;
  detail: JsonObject;
}

@Injectable()
export class SqlTimelines extends Timelines {
  private readonly ofOrderStatement: Statement;

  constructor(
    private readonly database: Database,
    parts: TimelineParts,
  ) {
    super();
    this.ofOrderStatement = ofOrder(parts.all);
  }

  override async ofOrder(orderId: string, limit: number): Promise<TimelineEntry[] | null> {
    const rows = await this.database.read<Row>(this.ofOrderStatement, [orderId, limit + 1]);
    if (rows.length === 0) return null;
    return rows
      .filter((row) => row.at !== null)
      .map((row) => ({
        at: row.at!,
        kind: row.kind,
        type: row.type,
        id: row.id,
        requestId: row.request_id,
        causedBy: row.caused_by,
        actor: row.actor,
        detail: row.detail,
      }));
  }
}
