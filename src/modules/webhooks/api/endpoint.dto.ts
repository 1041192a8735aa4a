import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsString, ValidateBy } from 'class-validator';
import { AsSent, IsTimestamp, MaxLength, MayBeAbsent, MayBeNull } from '#platform/http/fields.js';
import { isPattern } from '../application/event-types.js';
import { endpointStates, type DisabledReason, type Endpoint, type EndpointState } from '../domain/endpoint.js';

const MAX_URL = 2_048;

function AreEventPatterns(): PropertyDecorator {
  return ValidateBy({
    name: 'areEventPatterns',
    validator: {
      validate: (value) =>
        Array.isArray(value) && value.every((pattern) => typeof pattern === 'string' && isPattern(pattern)),
      defaultMessage: () =>
        '$property must be patterns that mean an event type: *, order.*, payment.succeeded; GET /webhooks/event-types lists the types',
    },
  });
}

/** Names of headers (RFC 9110, 5.1) that are ours, or the connection's. */
const reserved =
  /^(?:webhook-.*|host|content-.*|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|traceparent|tracestate)$/i;
const MAX_HEADERS = 5;

function AreHeaders(): PropertyDecorator {
  return ValidateBy({
    name: 'areHeaders',
    validator: {
      validate: (value: unknown) =>
        value !== null &&
        typeof value === 'object' &&
        !Array.isArray(value) &&
        Object.keys(value).length <= MAX_HEADERS &&
        Object.entries(value).every(
          ([name, text]) =>
            /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name) &&
            !reserved.test(name) &&
            typeof text === 'string' &&
            /^[\x21-\x7e](?:[\x20-\x7e]{0,2047}[\x21-\x7e])?$/.test(text),
        ),
      defaultMessage: () =>
        `$property must be up to ${MAX_HEADERS} headers with texts of visible ASCII; those of the message itself and of the connection are ours`,
    },
  });
}

/** In lower case, as HTTP compares them. */
export function headersOf(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
}

const aboutHeaders = {
  type: 'object' as const,
  additionalProperties: { type: 'string' },
  maxProperties: MAX_HEADERS,
  description: 'Sent with every message, such as an Authorization. Never shown again',
  example: { authorization: 'Bearer a token of the receiver' },
};

const aboutEvents = {
  type: 'array' as const,
  items: { type: 'string' },
  minItems: 1,
  maxItems: 50,
  example: ['order.*', 'payment.succeeded'],
  description: '`*`, `order.*` or the name of a type',
};

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

  @ApiPropertyOptional({ ...aboutHeaders, description: 'Takes the place of all there were; {} removes them' })
  @MayBeAbsent()
  @AsSent()
  @AreHeaders()
  headers?: Record<string, string>;

  @ApiProperty({
    type: String,
    required: false,
    enum: endpointStates,
    description: 'paused: what happens meanwhile is kept for it; disabled: nothing is kept, recover fetches it later',
  })
  @MayBeAbsent()
  @IsIn(endpointStates)
  status?: EndpointState;
}

export class RecoverDto {
  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'RFC 3339; what happened from then on is sent where it was not delivered',
  })
  @IsTimestamp()
  since!: string;
}

export class EndpointAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, format: 'uri' }) url!: string;
  @ApiProperty({ type: String, nullable: true }) description!: string | null;
  @ApiProperty({ type: [String] }) events!: readonly string[];
  @ApiProperty({ type: [String], description: 'Names of the headers that are sent besides; their texts are not shown' })
  headerNames!: string[];
  @ApiProperty({ type: String, enum: endpointStates }) status!: EndpointState;
  @ApiProperty({
    type: String,
    enum: ['requested', 'gone', 'failing'],
    nullable: true,
    description: 'gone: it answered 410; failing: 120 hours of nothing but failures',
  })
  disabledReason!: DisabledReason | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Since when every attempt has failed',
  })
  failingSince!: string | null;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class EndpointWithSecretAnswer extends EndpointAnswer {
  @ApiProperty({
    type: String,
    description: 'Signs every message to this endpoint. Shown this once.',
    example: 'whsec_...',
  })
  secret!: string;
}

export class EndpointPage {
  @ApiProperty({ type: [EndpointAnswer] }) data!: EndpointAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class RecoverAnswer {
  @ApiProperty({ type: 'integer', description: 'How many events are going to be sent' }) count!: number;
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
