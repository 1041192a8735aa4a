import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NotFound } from '#kernel/errors.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { Requires } from '#platform/http/access.js';
import { jsonAnswer, secretAnswer, send, sendPage } from '#platform/http/answer.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PreferredWait } from '#platform/http/preferred-wait.js';
import { IdOf, NoMembers } from '#platform/http/validation.js';
import { Deliveries } from '../application/deliveries.js';
import { Endpoints } from '../application/endpoints.js';
import { RecoverEndpoint } from '../application/recover-endpoint.js';
import { RotateEndpointSecret } from '../application/rotate-endpoint-secret.js';
import { TestEndpoint, type TestRequested } from '../application/test-endpoint.js';
import { DeliveryPage, DeliveryQuery, EndpointTestAnswer, presentDelivery } from './delivery.dto.js';
import {
  endpointEtag,
  EndpointWithSecretAnswer,
  presentEndpointWithSecret,
  RecoverAnswer,
  RecoverDto,
} from './endpoint.dto.js';
import { endpointId } from './endpoint-id.js';

/** What is done with an endpoint: a new secret, a test, recovery, a look at what it was sent. */
@ApiTags('Webhooks out')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('webhooks/endpoints')
export class EndpointActionsController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly commands: CommandBus,
    private readonly endpoints: Endpoints,
    private readonly deliveries: Deliveries,
    private readonly waits: PreferredWait,
  ) {}

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Requires('webhooks:write')
  @endpointId()
  @Documented({
    summary: 'Rotate the secret of an endpoint',
    description: 'For 24 hours messages carry two signatures, so the receiver can switch without losing one.',
    operationId: 'rotateWebhookSecret',
    status: 200,
    answer: EndpointWithSecretAnswer,
    answerDescription: 'The endpoint, with its new secret',
    problems: ['not-found'],
    idempotencyKey: 'optional',
  })
  async rotate(
    @Param('id', new IdOf('webhook endpoint')) id: string,
    @Body(NoMembers) _body: unknown,
    @Idempotent('optional') idempotent: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.requests.once(
      idempotent,
      (tx) => this.commands.execute(new RotateEndpointSecret(tx, id, idempotent.cause)),
      (endpoint) => secretAnswer(200, presentEndpointWithSecret(endpoint), { etag: endpointEtag(endpoint) }),
    );
    send(reply, answer);
  }

  @Post(':id/test')
  @HttpCode(202)
  @Requires('webhooks:write')
  @endpointId()
  @Documented({
    summary: 'Send webhook.test to an endpoint',
    description: 'Prefer: wait=10 returns the result.',
    operationId: 'testWebhookEndpoint',
    status: 202,
    answer: EndpointTestAnswer,
    answerDescription: 'The test is queued',
    problems: ['not-found', 'endpoint-not-enabled'],
    idempotencyKey: 'optional',
    waits: true,
  })
  async test(
    @Param('id', new IdOf('webhook endpoint')) id: string,
    @Body(NoMembers) _body: unknown,
    @Idempotent('optional') idempotent: IdempotentRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const accepted = await this.requests.once(
      idempotent,
      (tx) => this.commands.execute(new TestEndpoint(tx, id, idempotent.cause)),
      (requested) => jsonAnswer(202, { ...requested, delivery: null } satisfies EndpointTestAnswer),
    );
    const look = async () => {
      const requested = JSON.parse(accepted.body) as TestRequested;
      const delivery = await this.deliveries.ofEvent(requested.eventId, requested.endpointId);
      return delivery && delivery.attemptCount > 0
        ? jsonAnswer(200, { ...requested, delivery: presentDelivery(delivery) })
        : null;
    };
    send(reply, await this.waits.outcome(request, reply, accepted, look));
  }

  @Post(':id/recover')
  @HttpCode(202)
  @Requires('webhooks:write')
  @endpointId()
  @Documented({
    body: RecoverDto,
    example: { since: '2026-01-01T00:00:00Z' },
    summary: 'Resend everything not delivered since a given time',
    description:
      'Retries failed deliveries and also sends events from when the endpoint was disabled or did not exist yet, oldest first. Goes back at most as far as deliveries are kept (WEBHOOK_RETENTION_DAYS).',
    operationId: 'recoverWebhookEndpoint',
    status: 202,
    answer: RecoverAnswer,
    answerDescription: 'The number of events to be sent',
    problems: ['not-found', 'endpoint-not-enabled'],
    idempotencyKey: 'optional',
  })
  async recover(
    @Param('id', new IdOf('webhook endpoint')) id: string,
    @Body() { since }: RecoverDto,
    @Idempotent('optional') idempotent: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.requests.once(
      idempotent,
      (tx) => this.commands.execute(new RecoverEndpoint(tx, id, new Date(since), idempotent.cause)),
      (recovery) => jsonAnswer(202, recovery satisfies RecoverAnswer),
    );
    send(reply, answer);
  }

  @Get(':id/deliveries')
  @Requires('webhooks:write')
  @endpointId()
  @Documented({
    summary: 'List deliveries to an endpoint with their attempts, newest first',
    operationId: 'listDeliveries',
    status: 200,
    answer: DeliveryPage,
    answerDescription: 'A page of deliveries',
    problems: ['not-found'],
  })
  async listDeliveries(
    @Param('id', new IdOf('webhook endpoint')) id: string,
    @Query() { limit, cursor, status }: DeliveryQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!(await this.endpoints.find(id))) throw new NotFound('webhook endpoint', id);
    sendPage(
      request,
      reply,
      pageOf(await this.deliveries.list(id, status, decodeCursor(cursor), limit), limit, presentDelivery),
    );
  }
}
