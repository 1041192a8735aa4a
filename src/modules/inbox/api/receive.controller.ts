import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiHeader, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Clock } from '#kernel/clock.js';
import { ValidationFailed } from '#kernel/errors.js';
import { newId } from '#kernel/ids.js';
import { Public } from '#platform/http/access.js';
import { Documented } from '#platform/http/documented.js';
import { parseJsonBody } from '#platform/http/json-body.js';
import { MalformedJson } from '#platform/http/problem.js';
import { Settings } from '#platform/settings/settings.js';
import { ReceiveMessage } from '../application/receive-message.js';
import { InvalidSignature } from '#modules/webhooks/domain/errors.js';
import { checkSignature, processorScheme, stripeScheme, type SignatureScheme } from '../domain/signature.js';

export class ReceivedAnswer {
  @ApiProperty({ type: Boolean, example: true }) received!: boolean;
  @ApiProperty({ type: Boolean, required: false, description: 'Present when this notice was stored before' }) duplicate?: boolean;
}

class ProcessorEventData {
  @ApiProperty({ type: String, format: 'uuid', required: false, description: 'Or orderNumber' }) orderId?: string;
  @ApiProperty({ type: String, required: false }) orderNumber?: string;
  @ApiProperty({ type: 'integer', description: 'In minor units; the order’s total' }) amount!: number;
  @ApiProperty({ type: String, example: 'USD' }) currency!: string;
}

export class ProcessorEventBody {
  @ApiProperty({ type: String, minLength: 1, maxLength: 255, description: 'The processor’s id of the event' }) id!: string;
  @ApiProperty({ type: String, enum: ['payment.succeeded', 'payment.failed'] }) type!: string;
  @ApiProperty({ type: ProcessorEventData }) data!: ProcessorEventData;
}

/** The headers of a notice that are kept with it. Signatures are not: they could be replayed. */
const keptHeaders = ['content-type', 'user-agent'];

@ApiTags('Webhooks in')
@Controller('webhooks')
export class WebhooksInController {
  constructor(
    private readonly commands: CommandBus,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  @Post('stripe')
  @HttpCode(200)
  @Public()
  @ApiHeader({ name: 'Stripe-Signature', required: true, description: 't=<unix>,v1=<hex>: HMAC-SHA256 over `{t}.{raw body}`', schema: { type: 'string' } })
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
    description: 'Answered 200 only after the raw notice is stored. It is applied right afterwards, once, however often and in whatever order notices come.',
    operationId: 'receiveStripeEvent',
    status: 200,
    answer: ReceivedAnswer,
    answerDescription: 'The notice is stored',
    problems: ['invalid-signature', 'malformed-json', 'payload-too-large', 'unsupported-media-type'],
    isPublic: true,
  })
  stripe(@Req() request: FastifyRequest): Promise<ReceivedAnswer> {
    return this.receive(request, 'stripe', 'stripe-signature', stripeScheme, this.settings.stripeWebhookSecrets);
  }

  @Post('payments')
  @HttpCode(200)
  @Public()
  @ApiHeader({ name: 'X-Signature', required: true, description: 't=<unix>,v1=<hex>: HMAC-SHA256 over `t={t}.{raw body}`', schema: { type: 'string' } })
  @ApiBody({ type: ProcessorEventBody })
  @Documented({
    summary: 'Messages of any other payment processor',
    description:
      'Signed with PAYMENT_WEBHOOK_SECRET. A notice may come before its order, twice, and in any order; amounts that are not the order’s are parked, never applied.',
    operationId: 'receiveProcessorEvent',
    status: 200,
    answer: ReceivedAnswer,
    answerDescription: 'The notice is stored',
    problems: ['invalid-signature', 'malformed-json', 'payload-too-large', 'unsupported-media-type', 'card-number-refused'],
    isPublic: true,
  })
  processor(@Req() request: FastifyRequest): Promise<ReceivedAnswer> {
    return this.receive(request, 'payments', 'x-signature', processorScheme, this.settings.paymentWebhookSecrets);
  }

  /** Verified on the raw bytes before anything is parsed, and answered only after it is stored. */
  private async receive(
    request: FastifyRequest,
    source: string,
    headerName: string,
    scheme: SignatureScheme,
    secrets: readonly string[],
  ): Promise<ReceivedAnswer> {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const header = request.headers[headerName];
    const now = this.clock.now();
    const signature = Array.isArray(header) ? header.join(',') : header;
    const fault = checkSignature(scheme, signature, rawBody, secrets, now, this.settings.webhookToleranceSeconds);
    if (fault) throw new InvalidSignature(fault);
    const { id: eventId, type } = identify(rawBody, source);
    const headers = Object.fromEntries(keptHeaders.map((name) => [name, String(request.headers[name] ?? '')]));
    const notice = { id: newId(), source, eventId, type, rawBody, headers, receivedAt: now };
    const { duplicate } = await this.commands.execute<ReceiveMessage, { duplicate: boolean }>(
      new ReceiveMessage(notice, { requestId: request.id, causedBy: null }),
    );
    return duplicate ? { received: true, duplicate: true } : { received: true };
  }
}

/** Stripe's bodies hold long numbers of banks but never a card's; of other processors that is not known. */
function identify(rawBody: Buffer, source: string): { id: string; type: string } {
  const body = parseJsonBody(rawBody, source === 'stripe' ? 'any-number' : 'no-issued-cards') as { id?: unknown; type?: unknown } | undefined;
  if (body === undefined) throw new MalformedJson('The body is empty.');
  for (const name of ['id', 'type'] as const) {
    const value = body[name];
    if (typeof value !== 'string' || value.length < 1 || value.length > 255)
      throw new ValidationFailed([{ pointer: `#/${name}`, detail: `${name} must be a text of 1 to 255 characters` }]);
  }
  return { id: body.id as string, type: body.type as string };
}
