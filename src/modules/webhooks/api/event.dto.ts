import { ApiProperty } from '@nestjs/swagger';
import { IsString, IsUUID } from 'class-validator';
import type { JsonObject } from '#kernel/json.js';
import type { EventType, RecordedEvent } from '#ports/events.js';
import { Length, MayBeAbsent } from '#platform/http/fields.js';
import { PageQuery } from '#platform/http/page-query.js';
import { publicEvents } from '../application/event-types.js';

export class EventQuery extends PageQuery {
  @ApiProperty({ type: String, required: false, minLength: 1, maxLength: 100, example: 'order.placed' })
  @MayBeAbsent()
  @IsString()
  @Length(1, 100)
  type?: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    required: false,
    description: 'What the events are about: an order, a payment, a product ...',
  })
  @MayBeAbsent()
  @IsUUID('all')
  subjectId?: string;
}

export class SubjectAnswer {
  @ApiProperty({ type: String, example: 'order' }) type!: string;
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
}

export class EventAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, example: 'order.placed' }) type!: string;
  @ApiProperty({ type: SubjectAnswer }) subject!: SubjectAnswer;
  @ApiProperty({ type: 'integer', description: '1, 2, 3 ... per subject, without gaps' }) sequence!: number;
  @ApiProperty({ type: 'object', additionalProperties: true }) data!: object;
  @ApiProperty({ type: String, format: 'date-time' }) occurredAt!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The request that caused it' }) requestId!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The event that caused it' }) causedBy!:
    string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Who did it: user:<id>, key:<id>, provider:<name>, system:<part> or anonymous',
  })
  actor!: string | null;
}

export class EventPage {
  @ApiProperty({ type: [EventAnswer] }) data!: EventAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class EventTypeAnswer {
  @ApiProperty({ type: String, example: 'order.placed' }) type!: string;
  @ApiProperty({ type: String }) description!: string;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'JSON Schema of data' }) schema!: object;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'A message as it is sent' }) example!: object;
}

export class EventTypeList {
  @ApiProperty({ type: [EventTypeAnswer] }) data!: EventTypeAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentEvent(e: RecordedEvent): EventAnswer {
  return {
    id: e.id,
    type: e.type,
    subject: { type: e.subject.type, id: e.subject.id },
    sequence: e.sequence,
    data: e.data,
    occurredAt: e.occurredAt.toISOString(),
    requestId: e.requestId,
    causedBy: e.causedBy,
    actor: e.actor,
  };
}

/** Every type that endpoints can be told, with the shape of its data and an example of its message. */
export function eventTypes(): EventTypeAnswer[] {
  return [...publicEvents].map(([type, event]) => ({
    type,
    description: event.description,
    schema: schemaOf(event),
    example: exampleOf(type),
  }));
}

export function exampleOf(type: string): object {
  const example = publicEvents.get(type)!.example as object;
  return {
    id: '01939d00-0000-7000-8000-000000000901',
    type,
    timestamp: '2026-01-31T12:00:00.000Z',
    sequence: 1,
    data: example,
  };
}

/** The schema of an event's data. Members may be added later, so unknown ones are to be ignored. */
export function schemaOf({ payload }: EventType<unknown>): JsonObject {
  return { ...payload.json, additionalProperties: true };
}
