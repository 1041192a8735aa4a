import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { Requires } from '#platform/http/access.js';
import { jsonAnswer, send } from '#platform/http/answer.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { IdOf } from '#platform/http/validation.js';
import { RecordRefund } from '../application/refund/record-refund.js';
import { presentRefund, RefundAnswer, SettleRefundDto } from './refund.dto.js';

@ApiTags('Payments')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('refunds')
export class RefundsController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly commands: CommandBus,
  ) {}

  @Post(':id/settle')
  @HttpCode(200)
  @Requires('payments:write', 'staff')
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' }, description: 'Id of a refund' })
  @Documented({
    body: SettleRefundDto,
    example: { succeeded: true, reference: 'R-2041' },
    summary: 'Record what was done about a refund at another processor',
    description:
      'Money that another processor took is given back there, by a person. Its refund is `requested` until this says what came of it. Repeating it is harmless.',
    operationId: 'settleRefund',
    status: 200,
    answer: RefundAnswer,
    answerDescription: 'The refund, settled',
    problems: ['not-found', 'invalid-refund-state', 'refund-reference-taken'],
    idempotencyKey: 'optional',
  })
  async settle(
    @Param('id', new IdOf('refund')) id: string,
    @Body() { succeeded, reference }: SettleRefundDto,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    send(
      reply,
      await this.requests.once(
        request,
        (tx) => this.commands.execute(new RecordRefund(tx, id, succeeded, reference ?? null, request.cause)),
        (refund) => jsonAnswer(200, presentRefund(refund, 'shop')),
      ),
    );
  }
}
