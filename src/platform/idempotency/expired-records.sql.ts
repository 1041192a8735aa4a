import { Injectable } from '@nestjs/common';
import { Housekeeping, type HousekeepingTask } from '#ports/retention.js';
import type { Tx } from '#ports/tx.js';
import { count, statement } from '../database/statement.js';
import { Settings } from '../settings/settings.js';

// Lasting answers are not among them: their keys stay unique for ever. SKIP LOCKED: nothing waits for this.
const forget = statement(
  'housekeeping.idempotency-records',
  `DELETE FROM idempotency_records WHERE id IN (
     SELECT id FROM idempotency_records WHERE NOT lasting AND created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
);

/** Remembered answers that no client repeats any more. */
@Injectable()
export class ExpiredRecords implements HousekeepingTask {
  readonly name = 'idempotency_records';

  constructor(
    private readonly settings: Settings,
    housekeeping: Housekeeping,
  ) {
    housekeeping.register(this);
  }

  run(tx: Tx, now: Date, limit: number): Promise<number> {
    return count(tx, forget, [new Date(now.getTime() - this.settings.idempotencyRetentionHours * 3_600_000), limit]);
  }
}
