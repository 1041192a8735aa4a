import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { audienceOf, type Caller } from '#ports/caller.js';
import { NotFound } from '#kernel/errors.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { jsonAnswer, send, sendPage } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PageQuery } from '#platform/http/page-query.js';
import { PreferredWait } from '#platform/http/preferred-wait.js';
import { IdOf } from '#platform/http/validation.js';
import { Payments } from '../application/payments.js';
import { RecordRefund } from '../application/refund/record-refund.js';
import { RefundPayment } from '../application/refund/refund-payment.js';
import { Refunds } from '../application/refunds.js';
import { PaymentId, PaymentIdParam } from './payment-id.js';
import { presentRefund, RefundAnswer, RefundPage, RefundPaymentDto, SettleRefundDto } from './refund.dto.js';

@ApiTags('Payments')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller()
export class RefundsController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly commands: CommandBus,
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly waits: PreferredWait,
  ) {}

  @Post('payments/:id/refunds')
  @HttpCode(202)
  @Requires('payments:write', 'staff')
  @PaymentIdParam(204)
  @Documented({
    body: RefundPaymentDto,
    bodyOptional: true,
    example: { amount: 500, reason: 'damaged on the way' },
    summary: 'Refund a payment, whole or in part',
    description:
      'Without an amount, refunds whatever is left. All refunds together, including pending ones, never exceed the captured amount. Payments taken by another processor are refunded there manually: the refund is `requested` until POST /refunds/{id}/settle records the result.',
    operationId: 'refundPayment',
    status: 202,
    answer: RefundAnswer,
    answerDescription: 'The refund, pending',
    problems: [
      'not-found',
      'invalid-payment-state',
      'refund-exceeds-captured',
      'payment-disputed',
      'refund-elsewhere',
      'provider-refused',
    ],
    idempotencyKey: 'required',
    waits: true,
  })
  async refund(
    @Param('id', PaymentId) id: string,
    @Body() { amount, reason }: RefundPaymentDto,
    @Idempotent('required') idempotent: IdempotentRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const accepted = await this.requests.once(
      idempotent,
      (tx) => this.commands.execute(new RefundPayment(tx, id, amount, reason ?? null, idempotent.cause)),
      (refund) =>
        jsonAnswer(202, presentRefund(refund, 'shop'), {
          location: `/${API_PREFIX}/payments/${refund.paymentId}/refunds`,
        }),
    );
    send(
      reply,
      await this.waits.outcome(request, reply, accepted, async () => {
        const refund = await this.refunds.find((JSON.parse(accepted.body) as RefundAnswer).id);
        return refund && refund.status !== 'pending' ? jsonAnswer(200, presentRefund(refund, 'shop')) : null;
      }),
    );
  }

  @Get('payments/:id/refunds')
  @Requires('payments:read')
  @PaymentIdParam(204)
  @Documented({
    summary: 'List the refunds of a payment, newest first',
    operationId: 'listRefunds',
    status: 200,
    answer: RefundPage,
    answerDescription: 'A page of refunds',
    problems: ['not-found'],
  })
  async listRefunds(
    @Param('id', PaymentId) id: string,
    @Query() { limit, cursor }: PageQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const payment = await this.payments.find(id, caller.customerId);
    if (!payment) throw new NotFound('payment', id);
    sendPage(
      request,
      reply,
      pageOf(await this.refunds.listOfPayment(payment.id, decodeCursor(cursor), limit), limit, (refund) =>
        presentRefund(refund, audienceOf(caller)),
      ),
    );
  }

  @Post('refunds/:id/settle')
  @HttpCode(200)
  @Requires('payments:write', 'staff')
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' }, description: 'Id of a refund' })
  @Documented({
    body: SettleRefundDto,
    example: { succeeded: true, reference: 'R-2041' },
    summary: 'Record the result of a refund at another processor',
    description:
      'Payments taken by another processor are refunded there manually. The refund is `requested` until this call records the result. Safe to repeat.',
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
