import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '#kernel/clock.js';
import { NotFound, ValidationFailed } from '#kernel/errors.js';
import { newId } from '#kernel/ids.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { Requires } from '#platform/http/access.js';
import { jsonAnswer, send, sendPage } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PageQuery } from '#platform/http/page-query.js';
import { PreferredWait } from '#platform/http/preferred-wait.js';
import { IdOf } from '#platform/http/validation.js';
import { Reconciliations } from '../application/reconciliation/reconciliations.js';
import { RequestReconciliation } from '../application/reconciliation/request-reconciliation.js';
import type { Reconciliation } from '../domain/reconciliation.js';
import {
  presentReconciliation,
  ReconcileDto,
  ReconciliationAnswer,
  ReconciliationDetailAnswer,
  ReconciliationPage,
} from './reconciliation.dto.js';

const DAY_MS = 86_400_000;
const MAX_SHOWN = 1_000;

@ApiTags('Operations')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('operations/reconciliations')
export class ReconciliationsController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly commands: CommandBus,
    private readonly runs: Reconciliations,
    private readonly waits: PreferredWait,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(202)
  @Requires('operations:write')
  @Documented({
    body: ReconcileDto,
    bodyOptional: true,
    example: {},
    summary: 'Compare our payments with the provider’s',
    description:
      'Compares the provider’s list for a window with ours, reports every difference, and heals those that the provider’s data alone can resolve. Also runs automatically every RECONCILIATION_INTERVAL seconds.',
    operationId: 'reconcile',
    status: 202,
    answer: ReconciliationAnswer,
    answerDescription: 'The run, in progress',
    idempotencyKey: 'optional',
    waits: true,
  })
  async begin(
    @Body() body: ReconcileDto,
    @Idempotent('optional') idempotent: IdempotentRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const to = body.to === undefined ? this.clock.now() : new Date(body.to);
    const from = body.from === undefined ? new Date(to.getTime() - DAY_MS) : new Date(body.from);
    if (from > to) throw new ValidationFailed([{ pointer: '#/from', detail: 'from must not be after to' }]);
    const accepted = await this.requests.once(
      idempotent,
      (tx) => this.commands.execute(new RequestReconciliation(tx, newId(), { from, to }, idempotent.cause)),
      (run) =>
        jsonAnswer(202, presentReconciliation(run), {
          location: `/${API_PREFIX}/operations/reconciliations/${run.id}`,
        }),
    );
    const { id } = JSON.parse(accepted.body) as ReconciliationAnswer;
    const look = async () => {
      const run = await this.runs.find(id);
      return run && run.finishedAt !== null ? jsonAnswer(200, await this.inFull(run)) : null;
    };
    send(reply, await this.waits.outcome(request, reply, accepted, look));
  }

  @Get()
  @Requires('operations:read')
  @Documented({
    summary: 'List reconciliations, newest first',
    operationId: 'listReconciliations',
    status: 200,
    answer: ReconciliationPage,
    answerDescription: 'A page of runs',
  })
  async list(
    @Query() { limit, cursor }: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendPage(request, reply, pageOf(await this.runs.list(decodeCursor(cursor), limit), limit, presentReconciliation));
  }

  @Get(':id')
  @Requires('operations:read')
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid', example: '01939d00-0000-7000-8000-000000000401' } })
  @Documented({
    summary: 'Read a reconciliation with its differences',
    operationId: 'getReconciliation',
    status: 200,
    answer: ReconciliationDetailAnswer,
    answerDescription: 'The run: counts and sums of both sides, and every difference',
    problems: ['not-found'],
  })
  async get(@Param('id', new IdOf('reconciliation')) id: string): Promise<ReconciliationDetailAnswer> {
    const run = await this.runs.find(id);
    if (!run) throw new NotFound('reconciliation', id);
    return this.inFull(run);
  }

  private async inFull(run: Reconciliation): Promise<ReconciliationDetailAnswer> {
    return { ...presentReconciliation(run), differences: await this.runs.discrepancies(run.id, MAX_SHOWN) };
  }
}
