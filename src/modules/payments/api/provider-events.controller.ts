import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiParam, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Inbox } from '#modules/inbox/contract.js';
import { Public } from '#platform/http/access.js';
import { Documented } from '#platform/http/documented.js';
import { RawBody } from '#platform/http/body.js';

export class ReceivedAnswer {
  @ApiProperty({ type: Boolean, example: true }) received!: boolean;
  @ApiProperty({ type: Boolean, required: false, description: 'Present if this message was already stored' })
  duplicate?: boolean;
}

class ProcessorEventData {
  @ApiProperty({ type: String, format: 'uuid', required: false, description: 'Or orderNumber' }) orderId?: string;
  @ApiProperty({ type: String, required: false }) orderNumber?: string;
  @ApiProperty({ type: 'integer', description: 'In minor units; the order’s total, or the refunded part of it' })
  amount!: number;
  @ApiProperty({ type: String, example: 'USD' }) currency!: string;
  @ApiProperty({ type: String, required: false, maxLength: 255, description: 'Your own id for the payment or refund' })
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
    summary: 'Receive webhooks from Stripe (or its simulator)',
    description:
      'Returns 200 only after the raw message is stored. The message is then applied exactly once, however often and in whatever order messages arrive.',
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
    summary: 'Receive webhooks from any other payment processor',
    description:
      'Signed with PAYMENT_WEBHOOK_SECRET. A message may arrive before its order, twice, or out of sequence; amounts that do not match the order are never applied and need review.',
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
    description: 'Or the header named in PROCESSORS, in the format given there',
    schema: { type: 'string' },
  })
  @ApiBody({ type: ProcessorEventBody })
  @Documented({
    summary: 'Receive webhooks from a payment processor by name',
    description:
      'Like POST /webhooks/payments, for one of PROCESSORS: each has its own secrets, header and format (`timestamped`, or `hex`: the bare hex HMAC-SHA256 of the body), and its own ids of events.',
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
