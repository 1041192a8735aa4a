import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString } from 'class-validator';
import { Length, MayBeAbsent } from '#platform/http/fields.js';
import { PageQuery } from '#platform/http/page-query.js';
import { messageStates, type MessageState, type SettledMessage } from '../application/messages.js';

export class InboxQuery extends PageQuery {
  @ApiProperty({ type: String, required: false, minLength: 1, maxLength: 255, example: 'payment_intent.succeeded' })
  @MayBeAbsent()
  @IsString()
  @Length(1, 255)
  type?: string;

  @ApiProperty({ type: String, required: false, enum: messageStates })
  @MayBeAbsent()
  @IsIn(messageStates)
  status?: MessageState;
}

export class InboxMessageAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({
    type: String,
    description: '`stripe`, `payments` for POST /webhooks/payments, or `payments/<processor>`',
  })
  source!: string;
  @ApiProperty({ type: String, description: 'The provider’s id of the event' }) eventId!: string;
  @ApiProperty({ type: String }) type!: string;
  @ApiProperty({
    type: String,
    enum: messageStates,
    description:
      'received: not applied yet (it may wait for its order); applied; ignored: nothing to change; needs_review: it contradicts our records and needs manual review; unmatched: its subject never appeared, needs manual review',
  })
  status!: MessageState;
  @ApiProperty({ type: String, nullable: true, description: 'What it did, or why it did nothing' }) effect!:
    string | null;
  @ApiProperty({ type: String, format: 'date-time' }) receivedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) settledAt!: string | null;
}

export class InboxMessageDetailAnswer extends InboxMessageAnswer {
  @ApiProperty({
    type: String,
    enum: ['verified'],
    description: 'The verdict on its signature; unverified messages are not stored',
  })
  verdict!: 'verified';
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'The headers that are stored',
  })
  headers!: object;
  @ApiProperty({
    type: String,
    description: 'The raw body; empty if it was erased with the customer’s data',
  })
  rawBody!: string;
}

export class InboxMessagePage {
  @ApiProperty({ type: [InboxMessageAnswer] }) data!: InboxMessageAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentMessage(n: SettledMessage): InboxMessageAnswer {
  return {
    id: n.id,
    source: n.source,
    eventId: n.eventId,
    type: n.type,
    status: n.status,
    effect: n.effect,
    receivedAt: n.receivedAt.toISOString(),
    settledAt: n.settledAt?.toISOString() ?? null,
  };
}

export function presentMessageInFull(n: SettledMessage): InboxMessageDetailAnswer {
  return { ...presentMessage(n), verdict: 'verified', headers: n.headers, rawBody: n.rawBody.toString('utf8') };
}
