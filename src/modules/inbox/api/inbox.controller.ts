import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NotFound } from '#kernel/errors.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { Requires } from '#platform/http/access.js';
import { jsonAnswer, send, sendPage } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PreferredWait } from '#platform/http/preferred-wait.js';
import { IdOf } from '#platform/http/validation.js';
import { Messages } from '../application/messages.js';
import { ReplayMessage } from '../application/replay-message.js';
import {
  InboxMessageAnswer,
  InboxMessageDetailAnswer,
  InboxMessagePage,
  InboxQuery,
  presentMessage,
  presentMessageInFull,
} from './inbox.dto.js';

@ApiTags('Webhooks in')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('webhooks/inbox')
export class InboxController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly commands: CommandBus,
    private readonly messages: Messages,
    private readonly waits: PreferredWait,
  ) {}

  @Get()
  @Requires('webhooks:write')
  @Documented({
    summary: 'List messages received from payment providers, newest first',
    operationId: 'listInboxMessages',
    status: 200,
    answer: InboxMessagePage,
    answerDescription: 'A page of messages',
  })
  async list(
    @Query() { limit, cursor, ...filter }: InboxQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendPage(
      request,
      reply,
      pageOf(await this.messages.list(filter, decodeCursor(cursor), limit), limit, presentMessage),
    );
  }

  @Get(':id')
  @Requires('webhooks:write')
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid', example: '01939d00-0000-7000-8000-000000000301' } })
  @Documented({
    summary: 'Read one message: raw body, headers, verdict, effect',
    operationId: 'getInboxMessage',
    status: 200,
    answer: InboxMessageDetailAnswer,
    answerDescription: 'The message',
    problems: ['not-found'],
  })
  async get(@Param('id', new IdOf('inbox message')) id: string): Promise<InboxMessageDetailAnswer> {
    const found = await this.messages.find(id);
    if (!found) throw new NotFound('inbox message', id);
    return presentMessageInFull(found);
  }

  @Post(':id/replay')
  @HttpCode(202)
  @Requires('webhooks:write')
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid', example: '01939d00-0000-7000-8000-000000000301' } })
  @Documented({
    summary: 'Reapply a stored message',
    description:
      'For messages that need review or did not match anything. Effects that were already applied are not repeated.',
    operationId: 'replayInboxMessage',
    status: 202,
    answer: InboxMessageAnswer,
    answerDescription: 'The message, to be applied again',
    problems: ['not-found'],
    idempotencyKey: 'optional',
    waits: true,
  })
  async replay(
    @Param('id', new IdOf('inbox message')) id: string,
    @Idempotent('optional') idempotent: IdempotentRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.requests.once(
      idempotent,
      (tx) => this.commands.execute(new ReplayMessage(tx, id, idempotent.cause)),
      (message) =>
        jsonAnswer(202, presentMessage(message), { location: `/${API_PREFIX}/webhooks/inbox/${message.id}` }),
    );
    send(
      reply,
      await this.waits.outcome(request, reply, answer, async () => {
        const message = await this.messages.find(id);
        return message && message.status !== 'received' ? jsonAnswer(200, presentMessage(message)) : null;
      }),
    );
  }
}
