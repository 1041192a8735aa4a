import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause, type NewEvent } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { float8s, int2s, int4s, jsons, texts, uuids } from '../database/array-parameters.js';
import { ranks, type GatheredWrite } from '../database/gathered-writes.js';
import { afterCommit, gather, statement } from '../database/statement.js';
import { Subscriptions } from './subscriptions.js';
import { Wakeup } from './wakeup.js';

/** Events and their outbox rows in one statement; `sequence` is the one expression in which the two appends differ. */
const appending = (sequence: string) => `WITH appended AS (
     INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at, request_id, caused_by, schema_version, actor)
     SELECT e.id, e.type, e.subject_type, e.subject_id, ${sequence}, e.data, $8, e.request_id, e.caused_by, e.schema_version, e.actor
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::int[], $6::json[], $7::text[], $9::uuid[], $13::smallint[], $14::text[])
       AS e (id, type, subject_type, subject_id, nth, data, request_id, caused_by, schema_version, actor))
   INSERT INTO outbox (event_id, subscriber, due_at)
   SELECT o.event_id, o.subscriber, now() + o.delay_seconds * interval '1 second'
   FROM unnest($10::uuid[], $11::text[], $12::float8[]) AS o (event_id, subscriber, delay_seconds)
   WHERE o.subscriber NOT IN (SELECT subscriber FROM outbox_dormant)`;

// Locks nothing of its own: the caller holds the row of each subject, so max(sequence) + nth cannot be taken twice.
// Guard: UNIQUE (subject_id, sequence). The outbox rows go in with the events or not at all.
const append = statement(
  'events.append',
  appending('coalesce((SELECT max(past.sequence) FROM events past WHERE past.subject_id = e.subject_id), 0) + e.nth'),
);

// As above for new subjects, whose first event has sequence 1 without looking.
const appendFirst = statement('events.append-first', appending('e.nth'));

interface Appended {
  readonly id: string;
  readonly event: NewEvent & { readonly cause: Cause };
}

@Injectable()
export class SqlEventLog extends EventLog {
  private readonly appending = this.gathering(append, ranks.events);
  private readonly appendingFirst = this.gathering(appendFirst, ranks.firstEvents);

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly wakeup: Wakeup,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async append(tx: Tx, events: readonly NewEvent[], cause: Cause): Promise<string[]> {
    return events.map((event) => this.gather(tx, this.appending, { ...event, cause }));
  }

  override async appendAll(tx: Tx, events: readonly (NewEvent & { readonly cause: Cause })[]): Promise<string[]> {
    return events.map((event) => this.gather(tx, this.appending, event));
  }

  override async appendFirst(tx: Tx, events: readonly (NewEvent & { readonly cause: Cause })[]): Promise<void> {
    for (const event of events) this.gather(tx, this.appendingFirst, event);
  }

  private gather(tx: Tx, how: GatheredWrite<Appended>, event: Appended['event']): string {
    const id = newId();
    gather(tx, how, { id, event });
    if (this.subscriptions.of(event.type).length > 0) afterCommit(tx, this.wakeup.wake);
    return id;
  }

  private gathering(how: typeof append, rank: number): GatheredWrite<Appended> {
    return { rank, statement: (appended) => [how, this.valuesOf(appended)] };
  }

  private valuesOf(appended: readonly Appended[]): unknown[] {
    const nths: number[] = [];
    const seen = new Map<string, number>();
    const queued: { eventId: string; subscriber: string; delaySeconds: number }[] = [];
    for (const { id, event } of appended) {
      const nth = (seen.get(event.subject.id) ?? 0) + 1;
      seen.set(event.subject.id, nth);
      nths.push(nth);
      for (const subscription of this.subscriptions.of(event.type)) {
        queued.push({ eventId: id, subscriber: subscription.id, delaySeconds: subscription.delaySeconds });
      }
    }
    return [
      uuids(appended.map(({ id }) => id)),
      texts(appended.map(({ event }) => event.type)),
      texts(appended.map(({ event }) => event.subject.type)),
      uuids(appended.map(({ event }) => event.subject.id)),
      int4s(nths),
      jsons(appended.map(({ event }) => JSON.stringify(event.data))),
      texts(appended.map(({ event }) => event.cause.requestId)),
      this.clock.now(),
      uuids(appended.map(({ event }) => event.cause.causedBy)),
      uuids(queued.map((row) => row.eventId)),
      texts(queued.map((row) => row.subscriber)),
      float8s(queued.map((row) => row.delaySeconds)),
      int2s(appended.map(({ event }) => event.version)),
      texts(appended.map(({ event }) => event.cause.actor)),
    ];
  }
}
