import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiHeader, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NotFound } from '#kernel/errors.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { Transactions } from '#ports/tx.js';
import { UrlPolicy } from '#ports/url-policy.js';
import { causeOfRequest, Requires } from '#platform/http/access.js';
import { acceptsVersion, jsonAnswer, secretAnswer, send, sendPage, sendWithEtag } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { sent } from '#platform/http/fields.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PageQuery } from '#platform/http/page-query.js';
import { IdOf } from '#platform/http/validation.js';
import { ChangeEndpoint } from '../application/change-endpoint.js';
import { CreateEndpoint } from '../application/create-endpoint.js';
import { DeleteEndpoint } from '../application/delete-endpoint.js';
import { Endpoints } from '../application/endpoints.js';
import { KnownEndpoints } from '../application/known-endpoints.js';
import type { Endpoint } from '../domain/endpoint.js';
import {
  ChangeEndpointDto,
  CreateEndpointDto,
  EndpointAnswer,
  endpointEtag,
  EndpointPage,
  EndpointWithSecretAnswer,
  presentEndpoint,
  presentEndpointWithSecret,
} from './endpoint.dto.js';
import { headersOf } from './endpoint-headers.js';
import { endpointId } from './endpoint-id.js';

@ApiTags('Webhooks out')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('webhooks/endpoints')
export class EndpointsController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly transactions: Transactions,
    private readonly commands: CommandBus,
    private readonly endpoints: Endpoints,
    private readonly urlPolicy: UrlPolicy,
    private readonly known: KnownEndpoints,
  ) {}

  @Post()
  @Requires('webhooks:write')
  @Documented({
    body: CreateEndpointDto,
    example: { url: 'http://127.0.0.1:3010/hooks', events: ['order.*', 'payment.succeeded'], description: 'My shop' },
    summary: 'Register a webhook endpoint',
    description:
      'Messages follow Standard Webhooks (https://www.standardwebhooks.com): verify them with the secret, and detect duplicates by webhook-id. The Webhooks section of this document describes every type.',
    operationId: 'createWebhookEndpoint',
    status: 201,
    answer: EndpointWithSecretAnswer,
    answerDescription: 'The endpoint, with its secret; Location and ETag are set',
    problems: ['destination-not-allowed', 'too-many-endpoints'],
    idempotencyKey: 'optional',
  })
  async create(
    @Body() body: CreateEndpointDto,
    @Idempotent('optional') idempotent: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { url, events, description = null, ed25519 = false } = body;
    const draft = { url, events, description, headers: headersOf(body.headers ?? {}), isAsymmetric: ed25519 };
    const answer = await this.requests.onceAfter(
      idempotent,
      () => this.urlPolicy.refusal(draft.url),
      async (tx, refusal) => {
        if (refusal) throw refusal;
        return this.commands.execute(new CreateEndpoint(tx, draft, idempotent.cause));
      },
      (endpoint) =>
        secretAnswer(201, presentEndpointWithSecret(endpoint), {
          location: `/${API_PREFIX}/webhooks/endpoints/${endpoint.id}`,
          etag: endpointEtag(endpoint),
        }),
    );
    await this.known.refreshSoon();
    send(reply, answer);
  }

  @Get()
  @Requires('webhooks:write')
  @Documented({
    summary: 'List endpoints, newest first',
    operationId: 'listWebhookEndpoints',
    status: 200,
    answer: EndpointPage,
    answerDescription: 'A page of endpoints',
  })
  async list(
    @Query() { limit, cursor }: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendPage(request, reply, pageOf(await this.endpoints.list(decodeCursor(cursor), limit), limit, presentEndpoint));
  }

  @Get(':id')
  @Requires('webhooks:write')
  @endpointId()
  @Documented({
    summary: 'Read an endpoint',
    operationId: 'getWebhookEndpoint',
    status: 200,
    answer: EndpointAnswer,
    answerDescription: 'The endpoint, without its secret',
    problems: ['not-found'],
  })
  async get(
    @Param('id', new IdOf('webhook endpoint')) id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await this.existing(id);
    sendWithEtag(request, reply, endpointEtag(found), presentEndpoint(found));
  }

  @Patch(':id')
  @Requires('webhooks:write')
  @endpointId()
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag of the version you read',
    schema: { type: 'string' },
  })
  @Documented({
    body: ChangeEndpointDto,
    example: { status: 'enabled', description: 'The catcher (npm run catcher)' },
    summary: 'Change, pause, disable or enable an endpoint; only what is sent changes',
    operationId: 'changeWebhookEndpoint',
    status: 200,
    answer: EndpointAnswer,
    answerDescription: 'The endpoint as it is now',
    problems: ['not-found', 'precondition-failed', 'destination-not-allowed'],
  })
  async change(
    @Param('id', new IdOf('webhook endpoint')) id: string,
    @Body() body: ChangeEndpointDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const accepts = ifMatch === undefined ? null : acceptsVersion(ifMatch);
    const cause = causeOfRequest(request);
    const refusal = body.url === undefined ? null : await this.urlPolicy.refusal(body.url);
    const { headers, ed25519, ...others } = sent(body);
    const change = {
      ...others,
      ...(headers && { headers: headersOf(headers) }),
      ...(ed25519 !== undefined && { isAsymmetric: ed25519 }),
    };
    const changed = await this.transactions.run((tx) =>
      this.commands.execute(new ChangeEndpoint(tx, id, change, refusal, accepts, cause)),
    );
    await this.known.refreshSoon();
    send(reply, jsonAnswer(200, presentEndpoint(changed), { etag: endpointEtag(changed) }));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('webhooks:write')
  @endpointId('01939d00-0000-7000-8000-000000000802')
  @Documented({
    summary: 'Delete an endpoint with its deliveries',
    operationId: 'deleteWebhookEndpoint',
    status: 204,
    answerDescription: 'The endpoint is deleted',
    problems: ['not-found'],
  })
  async delete(@Param('id', new IdOf('webhook endpoint')) id: string, @Req() request: FastifyRequest): Promise<void> {
    const cause = causeOfRequest(request);
    await this.transactions.run((tx) => this.commands.execute(new DeleteEndpoint(tx, id, cause)));
    await this.known.refreshSoon();
  }

  private async existing(id: string): Promise<Endpoint> {
    const found = await this.endpoints.find(id);
    if (!found) throw new NotFound('webhook endpoint', id);
    return found;
  }
}
