import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Forbidden } from '#modules/access/contract.js';
import { audienceOf, type Caller } from '#ports/caller.js';
import { NotFound } from '#kernel/errors.js';
import type { IdempotentRequest } from '#ports/idempotency.js';
import { UrlPolicy } from '#ports/url-policy.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { jsonAnswer, send, sendPage, sendWithEtag } from '#platform/http/answer.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PreferredWait } from '#platform/http/preferred-wait.js';
import { PaymentSettings } from '../settings.js';
import { Disputes } from '../application/disputes.js';
import { Payments } from '../application/payments.js';
import { OutcomesNotSigned } from '../domain/errors.js';
import type { Payment } from '../domain/payment.js';
import { namedMethod } from './named-method.js';
import { PaymentId, PaymentIdParam } from './payment-id.js';
import { PaymentAnswer, paymentEtag, PaymentPage, presentPayment } from './payment-answers.js';
import { PaymentQueue } from './payment-queue.js';
import { PaymentQuery, TakePaymentDto } from './payment.dto.js';

@ApiTags('Payments')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('payments')
export class PaymentsController {
  constructor(
    private readonly queue: PaymentQueue,
    private readonly payments: Payments,
    private readonly disputes: Disputes,
    private readonly waits: PreferredWait,
    private readonly settings: PaymentSettings,
    private readonly urlPolicy: UrlPolicy,
  ) {}

  @Post()
  @HttpCode(202)
  @Requires('payments:write')
  @Documented({
    body: TakePaymentDto,
    example: { amount: 2999, currency: 'USD', paymentMethodId: 'pm_card_visa' },
    summary: 'Take a payment in one request',
    description:
      'Returns immediately and calls the provider in the background, with retries and a circuit breaker: a provider that is down delays the outcome, never the response. With an orderId it pays for that order. The outcome (payment.succeeded, payment.failed or payment.canceled) is posted to webhookUrl, signed as Standard Webhooks.',
    operationId: 'takePayment',
    status: 202,
    answer: PaymentAnswer,
    answerDescription: 'The payment, processing',
    problems: [
      'not-found',
      'payment-exists',
      'order-not-payable',
      'nothing-to-pay',
      'amount-mismatch',
      'payment-method-not-usable',
      'destination-not-allowed',
      'outcomes-not-signed',
    ],
    idempotencyKey: 'required',
    waits: true,
  })
  async take(
    @Body() body: TakePaymentDto,
    @CurrentCaller() caller: Caller,
    @Idempotent('required') idempotent: IdempotentRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { amount = null, currency = null, orderId = null, webhookUrl = null } = body;
    // Customers pay for their orders; other money, and posting to other places, is the shop's.
    if (caller.customerId !== null && (orderId === null || webhookUrl !== null)) throw new Forbidden('admin');
    if (webhookUrl !== null && this.settings.webhookSigningSecrets.length === 0) throw new OutcomesNotSigned();
    const asked = { amount, currency };
    const named = namedMethod(caller, body);
    const refusal = webhookUrl === null ? null : await this.urlPolicy.refusal(webhookUrl);
    const { customerId } = caller;
    const { cause } = idempotent;
    const accepted = await this.queue.take(idempotent, {
      caller,
      request: { asked, named, orderId, webhookUrl, customerId, creator: idempotent, cause },
      refusal,
    });
    send(
      reply,
      await this.waits.outcome(request, reply, accepted, async () => {
        const payment = await this.payments.find((JSON.parse(accepted.body) as PaymentAnswer).id, null);
        return payment && payment.status !== 'processing'
          ? jsonAnswer(200, presentPayment(payment, audienceOf(caller)), { etag: paymentEtag(payment) })
          : null;
      }),
    );
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
    const payments = await this.payments.list(
      { ...filter, customerId: caller.customerId },
      decodeCursor(cursor),
      limit,
    );
    const disputes = await this.disputes.ofPayments(payments.map(({ id }) => id));
    sendPage(
      request,
      reply,
      pageOf(payments, limit, (payment) => presentPayment(payment, audienceOf(caller), disputes.get(payment.id))),
    );
  }

  @Get(':id')
  @Requires('payments:read')
  @PaymentIdParam()
  @Documented({
    summary: 'Read a payment',
    operationId: 'getPayment',
    status: 200,
    answer: PaymentAnswer,
    answerDescription: 'The payment',
    problems: ['not-found'],
  })
  async get(
    @Param('id', PaymentId) id: string,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const payment = await this.find(id, caller);
    const disputes = await this.disputes.ofPayments([payment.id]);
    const shown = presentPayment(payment, audienceOf(caller), disputes.get(payment.id));
    sendWithEtag(
      request,
      reply,
      paymentEtag(payment),
      caller.customerId === null ? { ...shown, risk: payment.risk } : shown,
    );
  }

  private async find(id: string, caller: Caller): Promise<Payment> {
    const payment = await this.payments.find(id, caller.customerId);
    if (!payment) throw new NotFound('payment', id);
    return payment;
  }
}
