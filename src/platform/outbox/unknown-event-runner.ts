import { Injectable } from '@nestjs/common';
import { Log } from '../telemetry/log.js';
import { Outbox, type ClaimedRow } from './outbox.sql.js';
import type { Progress, Runner } from './runner.js';

/** When a row is looked at again whose event type is unknown; so often it is logged. */
const NEXT_LOOK_SECONDS = 300;

export class UnknownEventType extends Error {
  constructor(type: string) {
    super(`This release does not know the event type ${type}.`);
  }
}

/**
 * Keeps rows queued whose events have a type that the subscription table does not know, as after a downgrade. A consumer
 * might take such an event for something else, or skip it, and the row would be gone. It is logged as an error each time, and
 * no attempt is counted, so the row waits for as long as it takes until a release knows its type.
 */
@Injectable()
export class UnknownEventRunner implements Pick<Runner, 'run'> {
  constructor(
    private readonly outbox: Outbox,
    private readonly log: Log,
  ) {}

  async run(rows: readonly ClaimedRow[], progress: Progress): Promise<void> {
    await Promise.all(
      rows.map(async (row) => {
        const error = new UnknownEventType(row.event.type);
        const about = { subscriber: row.subscriber, eventId: row.event.id, eventType: row.event.type };
        this.log.error(about, 'A queued event has an unknown type; it stays queued');
        // What cannot be written now comes back when the lease ends.
        await this.outbox.postpone(row, NEXT_LOOK_SECONDS, error.message, false).catch(() => undefined);
        progress.settled(row);
      }),
    );
  }
}
