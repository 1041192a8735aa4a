import { Injectable } from '@nestjs/common';
import { RecipientQueues } from '#ports/consumers.js';
import { Housekeeping, type HousekeepingTask } from '#ports/retention.js';
import { lowestIdAt } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { count, run, statement } from '#platform/database/statement.js';
import { WebhookSettings } from '../settings.js';
import { DeliverToEndpoint } from '../application/deliver-to-endpoint.js';
import { Endpoints } from '../application/endpoints.js';

// Ids are made in the order of time, so the oldest come first. What is still to be sent stays. SKIP LOCKED: nothing waits for this.
const forgetSettled = statement(
  'housekeeping.deliveries',
  `WITH gone AS (
     DELETE FROM webhook_deliveries WHERE id IN (
       SELECT id FROM webhook_deliveries WHERE id < $1::uuid AND status <> 'pending' AND settled_at < $2 ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED)
     RETURNING id, event_id, endpoint_id),
   attempts AS (DELETE FROM webhook_attempts WHERE delivery_id = ANY(ARRAY(SELECT id FROM gone)))
   SELECT event_id, endpoint_id FROM gone`,
);

// Of endpoints that are no more. Their ids are found by leaping through the index, whatever lies between them.
const forgetOrphans = statement(
  'housekeeping.orphaned-deliveries',
  `WITH RECURSIVE had AS (
     (SELECT endpoint_id FROM webhook_deliveries ORDER BY endpoint_id LIMIT 1)
     UNION ALL
     SELECT (SELECT d.endpoint_id FROM webhook_deliveries d WHERE d.endpoint_id > had.endpoint_id ORDER BY d.endpoint_id LIMIT 1)
     FROM had WHERE had.endpoint_id IS NOT NULL),
   gone AS (
     DELETE FROM webhook_deliveries WHERE id IN (
       SELECT d.id FROM had CROSS JOIN LATERAL (
         SELECT id FROM webhook_deliveries WHERE endpoint_id = had.endpoint_id ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) d
       WHERE had.endpoint_id IS NOT NULL AND NOT EXISTS (SELECT FROM webhook_endpoints e WHERE e.id = had.endpoint_id) LIMIT $1)
     RETURNING id, event_id, endpoint_id),
   attempts AS (DELETE FROM webhook_attempts WHERE delivery_id = ANY(ARRAY(SELECT id FROM gone)))
   SELECT event_id, endpoint_id FROM gone`,
);

// What waited for an endpoint that is disabled is given up; recover fetches it later.
const waiting = statement(
  'housekeeping.disabled-waiting',
  `SELECT d.id, d.event_id, d.endpoint_id FROM webhook_endpoints e JOIN webhook_deliveries d ON d.endpoint_id = e.id AND d.status = 'pending'
   WHERE e.status = 'disabled' LIMIT $1`,
);
const giveUp = statement(
  'housekeeping.disabled-deliveries',
  `UPDATE webhook_deliveries SET status = 'failed', settled_at = $1, next_attempt_at = NULL WHERE id = ANY($2::uuid[]) AND status = 'pending'`,
);

const forgetMessages = statement(
  'housekeeping.messages',
  `DELETE FROM webhook_messages WHERE event_id IN (
     SELECT m.event_id FROM webhook_messages m
     WHERE m.created_at < $1 AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = m.event_id)
     ORDER BY m.created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
);

interface Gone {
  event_id: string;
  endpoint_id: string;
}

const rowOf = ({ event_id, endpoint_id }: Gone) => ({ eventId: event_id, recipient: endpoint_id });

/** Deliveries that were settled long ago or have no endpoint any more, with their attempts, messages and queues. */
@Injectable()
export class OldDeliveries {
  constructor(
    private readonly settings: WebhookSettings,
    private readonly endpoints: Endpoints,
    private readonly queues: RecipientQueues,
    housekeeping: Housekeeping,
  ) {
    const task = (name: string, work: HousekeepingTask['run']): HousekeepingTask => ({ name, run: work });
    housekeeping.register(
      task('deliveries', (tx, now, limit) => this.settled(tx, now, limit)),
      task('deliveries_of_deleted_endpoints', async (tx, _now, limit) =>
        this.forgotten(tx, await run<Gone>(tx, forgetOrphans, [limit])),
      ),
      task('deliveries_of_disabled_endpoints', (tx, now, limit) => this.ofDisabled(tx, now, limit)),
      task('queues_of_deleted_endpoints', (tx, _now, limit) => this.queuesOfDeleted(tx, limit)),
      task('messages', (tx, now, limit) => count(tx, forgetMessages, [this.before(now), limit])),
    );
  }

  private async settled(tx: Tx, now: Date, limit: number): Promise<number> {
    const before = this.before(now);
    return this.forgotten(tx, await run<Gone>(tx, forgetSettled, [lowestIdAt(before), before, limit]));
  }

  /** What is forgotten is not waited for, and its dead letters go too. */
  private async forgotten(tx: Tx, gone: readonly Gone[]): Promise<number> {
    await this.queues.remove(tx, DeliverToEndpoint.id, gone.map(rowOf));
    return gone.length;
  }

  /** In the order in which attempts are recorded: outbox rows, then deliveries. No endpoint is enabled meanwhile. */
  private async ofDisabled(tx: Tx, now: Date, limit: number): Promise<number> {
    await this.endpoints.lockAll(tx);
    const given = await run<Gone & { id: string }>(tx, waiting, [limit]);
    await this.queues.remove(tx, DeliverToEndpoint.id, given.map(rowOf));
    await run(tx, giveUp, [now, given.map(({ id }) => id)]);
    return given.length;
  }

  private async queuesOfDeleted(tx: Tx, limit: number): Promise<number> {
    await this.endpoints.lockAll(tx); // or one that is just being made would lose its queue
    const known = (await this.endpoints.allIn(tx)).map(({ id }) => id);
    return this.queues.removeExcept(tx, DeliverToEndpoint.id, known, limit);
  }

  private before(now: Date): Date {
    return new Date(now.getTime() - this.settings.webhookRetentionDays * 86_400_000);
  }
}
