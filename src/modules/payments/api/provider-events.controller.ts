import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiParam, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Inbox } from '#modules/inbox/contract.js';
import { Public } from '#platform/http/access.js';
import { Documented } from '#platform/http/documented.js';
import { RawBody } from '#platform/http/body.js';

export class ReceivedAnswer {
  @ApiProperty({ type: Boolean, example: true }) received!: boolean;
  @ApiProperty({ type: Boolean, required: false, description: 'Present when this message was stored before' })
  duplicate?: boolean;
}

class ProcessorEventData {
  @ApiProperty({ type: String, format: 'uuid', required: false, description: 'Or orderNumber' }) orderId?: string;
  @ApiProperty({ type: String, required: false }) orderNumber?: string;
  @ApiProperty({ type: 'integer', description: 'In minor units; the order’s total, or what of it was refunded' })
  amount!: number;
  @ApiProperty({ type: String, example: 'USD' }) currency!: string;
  @ApiProperty({ type: String, required: false, maxLength: 255, description: 'Your own id of the payment or refund' })
  reference?: string;
}

export class ProcessorEventBody {
  @ApiProperty({ type: String, minLength: 1, maxLength: 255, description: 'The processor’s id of the event' })
  id!: string;
  @ApiProperty({ type: String, enum: ['payment.succeeded', 'payment.failed', 'payment.refunded'] }) type!: string;
  @ApiProperty({ type: ProcessorEventData }) data!: ProcessorEventData;
}

@ApiTags('Webhooks in')
@Controller('webhooks')
export class ProviderEventsController {
  constructor(private readonly inbox: Inbox) {}

  @Post('stripe')
  @HttpCode(200)
  @Public()
  @RawBody()
  @ApiHeader({
    name: 'Stripe-Signature',
    required: true,
    description: 't=<unix>,v1=<hex>: HMAC-SHA256 over `{t}.{raw body}`',
    schema: { type: 'string' },
  })
  @ApiBody({
    schema: {
      type: 'object',
      required: ['id', 'type'],
      properties: { id: { type: 'string' }, type: { type: 'string' }, data: { type: 'object' } },
      additionalProperties: true,
    },
  })
  @Documented({
    summary: 'Messages of Stripe (or its simulator)',
    description:
      'Answered 200 only after the raw message is stored. It is applied right afterwards, once, however often and in whatever order messages come.',
    operationId: 'receiveStripeEvent',
    status: 200,
    answer: ReceivedAnswer,
    answerDescription: 'The message is stored',
    problems: ['invalid-signature', 'malformed-json', 'payload-too-large', 'unsupported-media-type'],
    isPublic: true,
  })
  stripe(@Req() request: FastifyRequest): Promise<ReceivedAnswer> {
    return this.receive('stripe', request);
  }

  @Post('payments')
  @HttpCode(200)
  @Public()
  @RawBody()
  @ApiHeader({
    name: 'X-Signature',
    required: true,
    description: 't=<unix>,v1=<hex>: HMAC-SHA256 over `t={t}.{raw body}`',
    schema: { type: 'string' },
  })
  @ApiBody({ type: ProcessorEventBody })
  @Documented({
    summary: 'Messages of any other payment processor',
    description:
      'Signed with PAYMENT_WEBHOOK_SECRET. A message may come before its order, twice, and in any order; amounts that are not the order’s are never applied, they need review.',
    operationId: 'receiveProcessorEvent',
    status: 200,
    answer: ReceivedAnswer,
    answerDescription: 'The message is stored',
    problems: ['invalid-signature', 'malformed-json', 'payload-too-large', 'unsupported-media-type'],
    isPublic: true,
  })
  processor(@Req() request: FastifyRequest): Promise<ReceivedAnswer> {
    return this.receive('payments', request);
  }

  @Post('payments/:processor')
  @HttpCode(200)
  @Public()
  @RawBody()
  @ApiParam({ name: 'processor', schema: { type: 'string', example: 'acme' }, description: 'Its name in PROCESSORS' })
  @ApiHeader({
    name: 'X-Signature',
    required: false,
    description: 'Or the header that PROCESSORS names, in the format that it says',
    schema: { type: 'string' },
  })
  @ApiBody({ type: ProcessorEventBody })
  @Documented({
    summary: 'Messages of a payment processor by name',
    description:
      'As POST /webhooks/payments, for one of PROCESSORS: each has its own secrets, header and format (`timestamped`, or `hex`: the bare hex HMAC-SHA256 of the body), and its own ids of events.',
    operationId: 'receiveNamedProcessorEvent',
    status: 200,
    answer: ReceivedAnswer,
    answerDescription: 'The message is stored',
    problems: ['invalid-signature', 'malformed-json', 'not-found', 'payload-too-large', 'unsupported-media-type'],
    isPublic: true,
  })
  named(@Param('processor') processor: string, @Req() request: FastifyRequest): Promise<ReceivedAnswer> {
    return this.receive(processor === 'default' ? 'payments' : `payments/${processor}`, request);
  }

  private async receive(source: string, request: FastifyRequest): Promise<ReceivedAnswer> {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { headers, id: requestId, ip: address } = request;
    const { duplicate } = await this.inbox.receive(source, { rawBody, headers, requestId, address });
    return duplicate ? { received: true, duplicate: true } : { received: true };
  }
}
