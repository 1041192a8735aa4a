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
import { RecordNotice } from '../application/record-notice.js';
import { InvalidSignature } from '../domain/errors.js';
import { checkSignature, stripeScheme } from '../domain/signature.js';

export class NoticeAnswer {
  @ApiProperty({ type: Boolean, example: true }) received!: boolean;
  @ApiProperty({ type: Boolean, required: false, description: 'Present when this notice was stored before' }) duplicate?: boolean;
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
    summary: 'Notices of Stripe (or its simulator)',
    description: 'Answered 200 only after the raw notice is stored. It is applied right afterwards, once, however often and in whatever order notices come.',
    operationId: 'receiveStripeNotice',
    status: 200,
    answer: NoticeAnswer,
    answerDescription: 'The notice is stored',
    problems: ['invalid-signature', 'malformed-json', 'payload-too-large', 'unsupported-media-type'],
    isPublic: true,
  })
  async stripe(@Req() request: FastifyRequest): Promise<NoticeAnswer> {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const header = request.headers['stripe-signature'];
    const now = this.clock.now();
    const fault = checkSignature(
      stripeScheme,
      Array.isArray(header) ? header.join(',') : header,
      rawBody,
      this.settings.stripeWebhookSecrets,
      now,
      this.settings.webhookToleranceSeconds,
    );
    if (fault) throw new InvalidSignature(fault);
    const { id: eventId, type } = identify(rawBody);
    const headers = Object.fromEntries(keptHeaders.map((name) => [name, String(request.headers[name] ?? '')]));
    const notice = { id: newId(), provider: 'stripe', eventId, type, rawBody, headers, receivedAt: now };
    const { duplicate } = await this.commands.execute<RecordNotice, { duplicate: boolean }>(
      new RecordNotice(notice, { requestId: request.id, causedBy: null }),
    );
    return duplicate ? { received: true, duplicate: true } : { received: true };
  }
}

function identify(rawBody: Buffer): { id: string; type: string } {
  const body = parseJsonBody(rawBody) as { id?: unknown; type?: unknown } | undefined;
  if (body === undefined) throw new MalformedJson('The body is empty.');
  for (const name of ['id', 'type'] as const) {
    const value = body[name];
    if (typeof value !== 'string' || value.length < 1 || value.length > 255)
      throw new ValidationFailed([{ pointer: `#/${name}`, detail: `${name} must be a text of 1 to 255 characters` }]);
  }
  return { id: body.id as string, type: body.type as string };
}
