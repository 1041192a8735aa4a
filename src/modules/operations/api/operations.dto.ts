import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import type { JsonObject } from '#kernel/json.js';
import type { DeadLetter } from '#ports/dead-letters.js';
import { Length, MayBeAbsent } from '#platform/http/fields.js';
import type { IntegrityReport } from '../application/integrity.js';
import { timelineKinds, type TimelineEntry } from '../application/timeline.js';

export class IntegrityCheckAnswer {
  @ApiProperty({ type: String, example: 'stock-conservation' }) name!: string;
  @ApiProperty({ type: String }) description!: string;
  @ApiProperty({ type: Boolean }) ok!: boolean;
  @ApiProperty({ type: 'integer', description: 'Rows checked' }) checked!: number;
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'At most 100; id names the row',
  })
  violations!: readonly JsonObject[];
}

export class IntegrityAnswer {
  @ApiProperty({ type: Boolean }) ok!: boolean;
  @ApiProperty({ type: String, format: 'date-time' }) checkedAt!: string;
  @ApiProperty({ type: 'integer' }) durationMs!: number;
  @ApiProperty({ type: [IntegrityCheckAnswer] }) checks!: readonly IntegrityCheckAnswer[];
}

export class QueueStateAnswer {
  @ApiProperty({ type: 'integer' }) pending!: number;
  @ApiProperty({ type: 'integer' }) due!: number;
  @ApiProperty({ type: Number, description: 'Seconds that the oldest due row has been waiting' })
  oldestDueSeconds!: number;
}

export class OutboxAnswer {
  @ApiProperty({ type: 'integer', description: 'Everything that is queued, deliveries included' }) pending!: number;
  @ApiProperty({ type: 'integer', description: 'Internal reactions that are due' }) due!: number;
  @ApiProperty({ type: Number }) oldestDueSeconds!: number;
  @ApiProperty({ type: 'integer', description: 'Dead letters' }) dead!: number;
  @ApiProperty({
    type: QueueStateAnswer,
    description: 'The part of them waiting for merchants’ endpoints, which may be paused or gone',
  })
  deliveries!: QueueStateAnswer;
}

export class DeadLetterEventAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) type!: string;
  @ApiProperty({ type: String }) subjectType!: string;
  @ApiProperty({ type: String, format: 'uuid' }) subjectId!: string;
  @ApiProperty({ type: String, nullable: true }) requestId!: string | null;
}

export class DeadLetterAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, description: 'The reaction that failed' }) subscriber!: string;
  @ApiProperty({ type: 'integer' }) attempts!: number;
  @ApiProperty({ type: String }) lastError!: string;
  @ApiProperty({ type: String, format: 'date-time' }) diedAt!: string;
  @ApiProperty({ type: DeadLetterEventAnswer }) event!: DeadLetterEventAnswer;
}

export class DeadLetterPage {
  @ApiProperty({ type: [DeadLetterAnswer] }) data!: DeadLetterAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class DiscardDto {
  @ApiProperty({
    type: String,
    required: false,
    minLength: 1,
    maxLength: 1000,
    description: 'Why no further action is needed; kept in the event log',
  })
  @MayBeAbsent()
  @IsString()
  @Length(1, 1000)
  reason?: string;
}

export class TimelineEntryAnswer {
  @ApiProperty({ type: String, format: 'date-time' }) at!: string;
  @ApiProperty({
    type: String,
    enum: timelineKinds,
    description:
      'event: a logged event of the order, its payments or refunds; movement: of money; notice: from a provider; delivery: an attempt to notify a merchant',
  })
  kind!: string;
  @ApiProperty({ type: String, example: 'order.placed' }) type!: string;
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, nullable: true }) requestId!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The event that caused it' }) causedBy!:
    string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Who did it: user:<id>, key:<id>, provider:<name>, system:<part> or anonymous',
  })
  actor!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) detail!: object;
}

export class TimelineAnswer {
  @ApiProperty({ type: [TimelineEntryAnswer] }) data!: TimelineEntryAnswer[];
  @ApiProperty({ type: String, nullable: true, description: 'Always null: a timeline is one page' }) nextCursor!: null;
  @ApiProperty({ type: Boolean, description: 'Whether entries were left out' }) truncated!: boolean;
}

export function presentIntegrity({ checkedAt, ...report }: IntegrityReport): IntegrityAnswer {
  return { ...report, checkedAt: checkedAt.toISOString() };
}

export function presentDeadLetter(l: DeadLetter): DeadLetterAnswer {
  return {
    id: l.id,
    subscriber: l.subscriber,
    attempts: l.attempts,
    lastError: l.lastError,
    diedAt: l.diedAt.toISOString(),
    event: { ...l.event },
  };
}

export function presentEntry({ at, ...entry }: TimelineEntry): TimelineEntryAnswer {
  return { at: at.toISOString(), ...entry };
}
