import { Body, Controller, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { audienceOf, type Caller } from '#ports/caller.js';
import { IdempotentRequests, type Answer, type IdempotentRequest } from '#ports/idempotency.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { jsonAnswer, secretAnswer, send } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PreferredWait } from '#platform/http/preferred-wait.js';
import { NoMembers } from '#platform/http/validation.js';
import { NotForCustomers } from '#modules/access/contract.js';
import { AttachIntent } from '../application/payment/attach-intent.js';
import { CancelPayment } from '../application/payment/cancel-payment.js';
import { CapturePayment } from '../application/payment/capture-payment.js';
import { CreateIntent } from '../application/payment/create-intent.js';
import { Payments } from '../application/payments.js';
import type { Payment } from '../domain/payment.js';
import { acceptedPayment } from './accepted-payment.js';
import { namedMethod } from './named-method.js';
import { PaymentId, PaymentIdParam } from './payment-id.js';
import { IntentAnswer, PaymentAnswer, paymentEtag, presentIntent, presentPayment } from './payment-answers.js';
import { PaymentQueue } from './payment-queue.js';
import { CapturePaymentDto, ConfirmIntentDto, CreateIntentDto } from './payment.dto.js';

@ApiTags('Payments')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('payments/intents')
export class IntentsController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly commands: CommandBus,
    private readonly queue: PaymentQueue,
    private readonly payments: Payments,
    private readonly waits: PreferredWait,
  ) {}

  @Post()
  @Requires('payments:write')
  @Documented({
    body: CreateIntentDto,
    example: { orderId: '01939d00-0000-7000-8000-000000000104' },
    summary: 'Create a payment intent for an order',
    description:
      'Calls the payment provider before it responds. Returns 503 when the provider is down; retrying with the same Idempotency-Key is safe.',
    operationId: 'createPaymentIntent',
    status: 201,
    answer: IntentAnswer,
    answerDescription: 'The intent, with what a storefront needs to confirm it',
    problems: [
      'not-found',
      'payment-exists',
      'order-not-payable',
      'nothing-to-pay',
      'amount-mismatch',
      'provider-refused',
    ],
    idempotencyKey: 'optional',
  })
  async create(
    @Body() body: CreateIntentDto,
    @CurrentCaller() caller: Caller,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { orderId, captureMethod = 'automatic', amount, currency, paymentMethodTypes } = body;
    const { customerId } = caller;
    if (customerId !== null && (body.captureMethod !== undefined || paymentMethodTypes !== undefined))
      throw new NotForCustomers('Customers cannot set captureMethod or paymentMethodTypes.');
    const asserted = { amount, currency };
    const answer = await this.requests.onceAfter(
      request,
      () =>
        this.commands.execute(
          new CreateIntent(orderId, captureMethod, asserted, paymentMethodTypes, customerId, request, request.cause),
        ),
      (tx, created) => this.commands.execute(new AttachIntent(tx, created, request.cause)),
      (payment) =>
        secretAnswer(201, presentIntent(payment, audienceOf(caller)), {
          location: `/${API_PREFIX}/payments/${payment.id}`,
          etag: paymentEtag(payment),
        }),
    );
    send(reply, answer);
  }

  @Post(':id/confirm')
  @Requires('payments:write')
  @PaymentIdParam()
  @Documented({
    body: ConfirmIntentDto,
    example: { paymentMethodId: 'pm_card_visa' },
    summary: 'Pay with a payment method',
    description:
      'Returns immediately; the provider’s response arrives asynchronously and completes the order. For a payment that requires_action, `nextAction` says what the payer must do; until then, and after a failure, it can be confirmed with another method.',
    operationId: 'confirmPaymentIntent',
    status: 202,
    answer: PaymentAnswer,
    answerDescription: 'The payment, processing',
    problems: [
      'not-found',
      'invalid-payment-state',
      'order-not-payable',
      'payment-exists',
      'payment-method-not-usable',
    ],
    idempotencyKey: 'optional',
    waits: true,
  })
  async confirm(
    @Param('id', PaymentId) id: string,
    @Body() body: ConfirmIntentDto,
    @CurrentCaller() caller: Caller,
    @Idempotent('optional') idempotent: IdempotentRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const named = namedMethod(caller, body);
    const { cause } = idempotent;
    const answer = await this.queue.confirm(idempotent, { caller, id, named, cause });
    await this.answer(caller, request, reply, answer, id, ({ status }) => status !== 'processing');
  }

  @Post(':id/capture')
  @Requires('payments:write', 'staff')
  @PaymentIdParam(202)
  @Documented({
    body: CapturePaymentDto,
    bodyOptional: true,
    example: {},
    summary: 'Capture an authorized payment',
    description:
      'Captures all or part of it; the provider releases the rest. Returns immediately; the provider’s response arrives asynchronously.',
    operationId: 'capturePaymentIntent',
    status: 202,
    answer: PaymentAnswer,
    answerDescription: 'The payment, being captured',
    problems: ['not-found', 'invalid-payment-state', 'capture-exceeds-authorized', 'order-not-payable'],
    idempotencyKey: 'required',
    waits: true,
  })
  async capture(
    @Param('id', PaymentId) id: string,
    @Body() body: CapturePaymentDto,
    @CurrentCaller() caller: Caller,
    @Idempotent('required') idempotent: IdempotentRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.requests.once(
      idempotent,
      (tx) => this.commands.execute(new CapturePayment(tx, id, body.amount, idempotent.cause)),
      acceptedPayment(caller),
    );
    await this.answer(caller, request, reply, answer, id, ({ captureRequested }) => captureRequested === null);
  }

  @Post(':id/cancel')
  @Requires('payments:write')
  @PaymentIdParam(203)
  @Documented({
    summary: 'Cancel a payment that was not captured',
    description:
      'Voids an authorization. A processing payment keeps its state until the provider responds; if it succeeds anyway, the money is returned. Safe to repeat. The order stays open and can be paid again.',
    operationId: 'cancelPaymentIntent',
    status: 202,
    answer: PaymentAnswer,
    answerDescription: 'The payment, canceled or being canceled',
    problems: ['not-found', 'invalid-payment-state'],
    idempotencyKey: 'optional',
    waits: true,
  })
  async cancel(
    @Param('id', PaymentId) id: string,
    @Body(NoMembers) _body: unknown,
    @CurrentCaller() caller: Caller,
    @Idempotent('optional') idempotent: IdempotentRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.requests.once(
      idempotent,
      (tx) => this.commands.execute(new CancelPayment(tx, id, caller.customerId, idempotent.cause)),
      acceptedPayment(caller),
    );
    await this.answer(
      caller,
      request,
      reply,
      answer,
      id,
      ({ status }) => status === 'canceled' || status === 'succeeded',
    );
  }

  private async answer(
    caller: Caller,
    request: FastifyRequest,
    reply: FastifyReply,
    accepted: Answer,
    id: string,
    isOver: (payment: Payment) => boolean,
  ): Promise<void> {
    const look = async () => {
      const payment = await this.payments.find(id, null);
      return payment && isOver(payment)
        ? jsonAnswer(200, presentPayment(payment, audienceOf(caller)), { etag: paymentEtag(payment) })
        : null;
    };
    send(reply, await this.waits.outcome(request, reply, accepted, look));
  }
}
