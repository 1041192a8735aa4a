import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { MayBeAbsent } from '#platform/http/fields.js';
import { PageQuery } from '#platform/http/page-query.js';
import { deliveryStates, type Delivery, type DeliveryState } from '../domain/delivery.js';

export class DeliveryQuery extends PageQuery {
  @ApiProperty({ type: String, required: false, enum: deliveryStates })
  @MayBeAbsent()
  @IsIn(deliveryStates)
  status?: DeliveryState;
}

export class AttemptAnswer {
  @ApiProperty({ type: 'integer' }) number!: number;
  @ApiProperty({ type: String, format: 'date-time' }) at!: string;
  @ApiProperty({ type: 'integer', nullable: true, description: 'HTTP status; null if there was no response' }) status!:
    number | null;
  @ApiProperty({ type: 'integer' }) durationMs!: number;
  @ApiProperty({ type: String, nullable: true }) error!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The first 4 KiB of the response' }) answer!: string | null;
}

export class DeliveryAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, format: 'uuid' }) endpointId!: string;
  @ApiProperty({ type: String, format: 'uuid', description: 'The webhook-id' }) eventId!: string;
  @ApiProperty({ type: String }) eventType!: string;
  @ApiProperty({
    type: String,
    enum: deliveryStates,
    description: 'failed: the retries are exhausted, or the endpoint was disabled',
  })
  status!: DeliveryState;
  @ApiProperty({ type: 'integer' }) attemptCount!: number;
  @ApiProperty({ type: [AttemptAnswer], description: 'The newest 50 (12 in lists), oldest first' })
  attempts!: AttemptAnswer[];
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) nextAttemptAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it was delivered or failed' })
  settledAt!: string | null;
}

export class DeliveryPage {
  @ApiProperty({ type: [DeliveryAnswer] }) data!: DeliveryAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class EndpointTestAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) eventId!: string;
  @ApiProperty({ type: String, format: 'uuid' }) endpointId!: string;
  @ApiProperty({ type: DeliveryAnswer, nullable: true, description: 'Set if the request has Prefer: wait' })
  delivery!: DeliveryAnswer | null;
}

export function presentDelivery(d: Delivery): DeliveryAnswer {
  return {
    id: d.id,
    endpointId: d.endpointId,
    eventId: d.eventId,
    eventType: d.eventType,
    status: d.status,
    attemptCount: d.attemptCount,
    attempts: d.attempts.map(({ number, at, status, durationMs, error, answer }) => ({
      number,
      at: at.toISOString(),
      status,
      durationMs,
      error,
      answer,
    })),
    nextAttemptAt: d.nextAttemptAt?.toISOString() ?? null,
    createdAt: d.createdAt.toISOString(),
    settledAt: d.settledAt?.toISOString() ?? null,
  };
}
