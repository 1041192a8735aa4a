import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Queue } from '#ports/dead-letters.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { Requires } from '#platform/http/access.js';
import { jsonAnswer, send, sendPage } from '#platform/http/answer.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PageQuery } from '#platform/http/page-query.js';
import { IdOf, NoMembers } from '#platform/http/validation.js';
import { Integrity } from '../application/integrity.js';
import { ResolveDeadLetter } from '../application/resolve-dead-letter.js';
import {
  DeadLetterAnswer,
  DeadLetterPage,
  DiscardDto,
  IntegrityAnswer,
  OutboxAnswer,
  presentDeadLetter,
  presentIntegrity,
} from './operations.dto.js';

const letterId = ApiParam({
  name: 'id',
  schema: { type: 'string', format: 'uuid' },
  description: 'Id of a dead letter',
});

@ApiTags('Operations')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('operations')
export class OperationsController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly commands: CommandBus,
    private readonly integrity: Integrity,
    private readonly queue: Queue,
  ) {}

  @Get('integrity')
  @Requires('operations:read')
  @Documented({
    summary: 'Check that the books add up',
    description: 'Runs every check in one consistent snapshot without blocking writes. Also: npm run integrity.',
    operationId: 'checkIntegrity',
    status: 200,
    answer: IntegrityAnswer,
    answerDescription: 'Every check, with the rows that violate it',
  })
  async check(): Promise<IntegrityAnswer> {
    return presentIntegrity(await this.integrity.check());
  }

  @Get('outbox')
  @Requires('operations:read')
  @Documented({
    summary: 'Read the state of the outbox queue',
    operationId: 'getOutbox',
    status: 200,
    answer: OutboxAnswer,
    answerDescription: 'How much is queued, and for how long',
  })
  outbox(): Promise<OutboxAnswer> {
    return this.queue.state();
  }

  @Get('dead-letters')
  @Requires('operations:read')
  @Documented({
    summary: 'List dead letters (failed reactions), newest first',
    operationId: 'listDeadLetters',
    status: 200,
    answer: DeadLetterPage,
    answerDescription: 'A page of dead letters',
  })
  async list(
    @Query() { limit, cursor }: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendPage(
      request,
      reply,
      pageOf(await this.queue.deadLetters(decodeCursor(cursor), limit), limit, presentDeadLetter),
    );
  }

  @Post('dead-letters/:id/retry')
  @HttpCode(202)
  @Requires('operations:write')
  @letterId
  @Documented({
    summary: 'Retry a dead letter',
    description: 'It starts over with a full set of attempts.',
    operationId: 'retryDeadLetter',
    status: 202,
    answer: DeadLetterAnswer,
    answerDescription: 'The dead letter, queued again',
    problems: ['not-found'],
    idempotencyKey: 'optional',
  })
  async retry(
    @Param('id', new IdOf('dead letter')) id: string,
    @Body(NoMembers) _body: unknown,
    @Idempotent('optional') idempotent: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.requests.once(
      idempotent,
      (tx) => this.commands.execute(new ResolveDeadLetter(tx, id, 'retry', null, idempotent.cause)),
      (letter) => jsonAnswer(202, presentDeadLetter(letter)),
    );
    send(reply, answer);
  }

  @Post('dead-letters/:id/discard')
  @HttpCode(200)
  @Requires('operations:write')
  @letterId
  @Documented({
    body: DiscardDto,
    bodyOptional: true,
    example: { reason: 'settled by hand' },
    summary: 'Discard a dead letter that needs no further action',
    description: 'The event log records the actor and the reason.',
    operationId: 'discardDeadLetter',
    status: 200,
    answer: DeadLetterAnswer,
    answerDescription: 'The discarded dead letter',
    problems: ['not-found'],
    idempotencyKey: 'optional',
  })
  async discard(
    @Param('id', new IdOf('dead letter')) id: string,
    @Body() body: DiscardDto,
    @Idempotent('optional') idempotent: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.requests.once(
      idempotent,
      (tx) => this.commands.execute(new ResolveDeadLetter(tx, id, 'discard', body.reason ?? null, idempotent.cause)),
      (letter) => jsonAnswer(200, presentDeadLetter(letter)),
    );
    send(reply, answer);
  }
}
