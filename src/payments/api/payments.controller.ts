import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#kernel/caller.js';
import { NotFound } from '#kernel/errors.js';
import type { Answer } from '#kernel/receipts.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { jsonAnswer, send, sendPage, sendWithEtag } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent, type IdempotentRequest } from '#platform/http/idempotent-request.js';
import { ConfirmIntent } from '../application/confirm-intent.js';
import { CreateIntent } from '../application/create-intent.js';
import { Payments } from '../application/payments.js';
import type { Payment } from '../domain/payment.js';
import {
  ConfirmIntentDto,
  CreateIntentDto,
  IntentAnswer,
  PaymentAnswer,
  paymentEtag,
  PaymentPage,
  PaymentQuery,
  presentIntent,
  presentPayment,
} from './payment.dto.js';
import { PaymentId } from './payment-id.js';

const paymentId = ApiParam({
  name: 'id',
  schema: { type: 'string', example: '01939d00-0000-7000-8000-000000000201' },
  description: 'Our id of the payment or the provider’s (pi_...)',
});

@ApiTags('Payments')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('payments')
export class PaymentsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly payments: Payments,
  ) {}

  @Post('intents')
  @Requires('payments:write')
  @Documented({
    body: CreateIntentDto,
    example: { orderId: '01939d00-0000-7000-8000-000000000104' },

    summary: 'Create a payment intent for an order',
    description: 'Asks the payment provider before it answers. When the provider is down the answer is 503; repeating with the same Idempotency-Key is safe.',
    operationId: 'createPaymentIntent',
    status: 201,
    answer: IntentAnswer,
    answerDescription: 'The intent, with what a storefront needs to confirm it',
    problems: ['not-found', 'payment-exists', 'order-not-payable', 'amount-mismatch', 'provider-refused'],
    idempotencyKey: 'optional',
  })
  async createIntent(
    @Body() body: CreateIntentDto,
    @CurrentCaller() caller: Caller,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { orderId, captureMethod = 'automatic', amount, currency, paymentMethodTypes } = body;
    const receipt = request.answering((p: Payment) => jsonAnswer(201, presentIntent(p), { location: `/${API_PREFIX}/payments/${p.id}`, etag: paymentEtag(p) }));
    const command = new CreateIntent(orderId, captureMethod, { amount, currency }, paymentMethodTypes, caller.customerId, receipt, request.cause);
    send(reply, await this.commands.execute<CreateIntent, Answer>(command));
  }

  @Post('intents/:id/confirm')
  @Requires('payments:write')
  @paymentId
  @Documented({
    body: ConfirmIntentDto,
    example: { paymentMethodId: 'pm_card_visa' },

    summary: 'Pay with a payment method',
    description:
      'Answers at once; the provider’s verdict arrives asynchronously and completes the order. A failed payment may be confirmed again with another method.',
    operationId: 'confirmPaymentIntent',
    status: 202,
    answer: PaymentAnswer,
    answerDescription: 'The payment, processing',
    problems: ['not-found', 'invalid-payment-state', 'order-not-payable', 'payment-exists'],
    idempotencyKey: 'optional',
  })
  async confirm(
    @Param('id', PaymentId) id: string,
    @Body() { paymentMethodId }: ConfirmIntentDto,
    @CurrentCaller() caller: Caller,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const receipt = request.answering((p: Payment) =>
      jsonAnswer(202, presentPayment(p), { location: `/${API_PREFIX}/payments/${p.id}`, etag: paymentEtag(p) }),
    );
    send(reply, await this.commands.execute<ConfirmIntent, Answer>(new ConfirmIntent(id, paymentMethodId, caller.customerId, receipt, request.cause)));
  }

  @Get()
  @Requires('payments:read')
  @Documented({
    summary: 'List payments, newest first',
    operationId: 'listPayments',
    status: 200,
    answer: PaymentPage,
    answerDescription: 'A page of payments',
  })
  async list(
    @Query() { limit, cursor, ...filter }: PaymentQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const payments = await this.payments.list({ ...filter, customerId: caller.customerId }, decodeCursor(cursor), limit);
    sendPage(request, reply, pageOf(payments, limit, presentPayment));
  }

  @Get(':id')
  @Requires('payments:read')
  @paymentId
  @Documented({
    summary: 'Read a payment',
    operationId: 'getPayment',
    status: 200,
    answer: PaymentAnswer,
    answerDescription: 'The payment',
    problems: ['not-found'],
  })
  async get(@Param('id', PaymentId) id: string, @CurrentCaller() caller: Caller, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const payment = await this.payments.find(id, caller.customerId);
    if (!payment) throw new NotFound('payment', id);
    sendWithEtag(request, reply, paymentEtag(payment), presentPayment(payment));
  }
}
