import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsString,
  ValidateBy,
} from 'class-validator';
import { AsSent, IsTimestamp, MaxLength, MayBeAbsent, MayBeNull } from '#platform/http/fields.js';
import { isPattern } from '../application/event-types.js';
import { aboutHeaders, AreHeaders } from './endpoint-headers.js';
import { endpointStates, type DisabledReason, type Endpoint, type EndpointState } from '../domain/endpoint.js';
import { publicKeyOf } from '../domain/standard-webhooks.js';

const MAX_URL = 2_048;

function AreEventPatterns(): PropertyDecorator {
  return ValidateBy({
    name: 'areEventPatterns',
    validator: {
      validate: (value) =>
        Array.isArray(value) && value.every((pattern) => typeof pattern === 'string' && isPattern(pattern)),
      defaultMessage: () =>
        '$property must be patterns that match an event type: *, order.*, payment.succeeded; GET /webhooks/event-types lists the types',
    },
  });
}

const aboutEvents = {
  type: 'array' as const,
  items: { type: 'string' },
  minItems: 1,
  maxItems: 50,
  example: ['order.*', 'payment.succeeded'],
  description: '`*`, `order.*` or the name of a type',
};

const aboutEd25519 = {
  type: 'boolean',
  required: false,
  description:
    'Also signs with ed25519 (`v1a`): receivers verify with the publicKey of the response and hold no key that can sign',
} as const;

export class CreateEndpointDto {
  @ApiProperty({
    type: String,
    format: 'uri',
    maxLength: MAX_URL,
    description: 'https on the public internet; see WEBHOOK_ALLOW_PRIVATE for development',
  })
  @IsString()
  @MaxLength(MAX_URL)
  url!: string;

  @ApiProperty(aboutEvents)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ArrayUnique()
  @AreEventPatterns()
  events!: string[];

  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 255 })
  @MayBeNull()
  @IsString()
  @MaxLength(255)
  description?: string | null;

  @ApiPropertyOptional(aboutHeaders)
  @MayBeAbsent()
  @AsSent()
  @AreHeaders()
  headers?: Record<string, string>;

  @ApiProperty(aboutEd25519)
  @MayBeAbsent()
  @IsBoolean()
  ed25519?: boolean;
}

export class ChangeEndpointDto {
  @ApiProperty({ type: String, format: 'uri', required: false, maxLength: MAX_URL })
  @MayBeAbsent()
  @IsString()
  @MaxLength(MAX_URL)
  url?: string;

  @ApiProperty({ ...aboutEvents, required: false })
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ArrayUnique()
  @AreEventPatterns()
  events?: string[];

  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 255 })
  @MayBeNull()
  @IsString()
  @MaxLength(255)
  description?: string | null;

  @ApiPropertyOptional({ ...aboutHeaders, description: 'Replaces all existing headers; {} removes them' })
  @MayBeAbsent()
  @AsSent()
  @AreHeaders()
  headers?: Record<string, string>;

  @ApiProperty({
    type: String,
    required: false,
    enum: endpointStates,
    description: 'paused: events are queued for it; disabled: nothing is queued, use recover later',
  })
  @MayBeAbsent()
  @IsIn(endpointStates)
  status?: EndpointState;

  @ApiProperty(aboutEd25519)
  @MayBeAbsent()
  @IsBoolean()
  ed25519?: boolean;
}

export class RecoverDto {
  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'RFC 3339; undelivered events from then on are sent',
  })
  @IsTimestamp()
  since!: string;
}

export class EndpointAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, format: 'uri' }) url!: string;
  @ApiProperty({ type: String, nullable: true }) description!: string | null;
  @ApiProperty({ type: [String] }) events!: readonly string[];
  @ApiProperty({ type: [String], description: 'Names of the custom headers sent; their values are not shown' })
  headerNames!: string[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Checks `v1a` signatures: whpk_ and the base64 of an ed25519 key; null without ed25519',
  })
  publicKey!: string | null;
  @ApiProperty({ type: String, enum: endpointStates }) status!: EndpointState;
  @ApiProperty({
    type: String,
    enum: ['requested', 'gone', 'failing'],
    nullable: true,
    description: 'gone: it returned 410; failing: every attempt failed for 120 hours',
  })
  disabledReason!: DisabledReason | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time since which every attempt has failed',
  })
  failingSince!: string | null;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class EndpointWithSecretAnswer extends EndpointAnswer {
  @ApiProperty({
    type: String,
    description: 'Signs every message to this endpoint. Shown only once.',
    example: 'whsec_...',
  })
  secret!: string;
}

export class EndpointPage {
  @ApiProperty({ type: [EndpointAnswer] }) data!: EndpointAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class RecoverAnswer {
  @ApiProperty({ type: 'integer', description: 'The number of events to be sent' }) count!: number;
}

export function endpointEtag({ version, failingSince }: Endpoint): string {
  return failingSince ? `"${version}-${failingSince.getTime()}"` : `"${version}"`;
}

export function presentEndpoint(e: Endpoint): EndpointAnswer {
  return {
    id: e.id,
    url: e.url,
    description: e.description,
    events: e.events,
    headerNames: Object.keys(e.headers),
    publicKey: e.signingKey && publicKeyOf(e.signingKey),
    status: e.status,
    disabledReason: e.disabledReason,
    failingSince: e.failingSince?.toISOString() ?? null,
    version: e.version,
    createdAt: e.createdAt.toISOString(),
    updatedAt: e.updatedAt.toISOString(),
  };
}

export function presentEndpointWithSecret(e: Endpoint): EndpointWithSecretAnswer {
  return { ...presentEndpoint(e), secret: e.secret };
}
