import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Forbidden } from '#modules/access/contract.js';
import { NotFound, ValidationFailed } from '#kernel/errors.js';
import { audienceOf, type Caller } from '#ports/caller.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { Transactions } from '#ports/tx.js';
import { causeOfRequest, CurrentCaller, Requires } from '#platform/http/access.js';
import { secretAnswer, send, sendPage, sendWithEtag } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { IdOf } from '#platform/http/validation.js';
import { DetachPaymentMethod } from '../application/method/detach-payment-method.js';
import { PaymentMethods } from '../application/method/payment-methods.js';
import { RecordSetup } from '../application/method/record-setup.js';
import { SavePaymentMethod } from '../application/method/save-payment-method.js';
import {
  PaymentMethodAnswer,
  PaymentMethodPage,
  PaymentMethodQuery,
  presentPaymentMethod,
  SavedPaymentMethodAnswer,
  SavePaymentMethodDto,
} from './payment-method.dto.js';

/** @param demo which payment method of the demo shop is the example */
const methodId = (demo = 901) =>
  ApiParam({
    name: 'id',
    schema: { type: 'string', format: 'uuid', example: `01939d00-0000-7000-8000-000000000${demo}` },
  });

@ApiTags('Payments')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('payments/methods')
export class PaymentMethodsController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly transactions: Transactions,
    private readonly commands: CommandBus,
    private readonly methods: PaymentMethods,
  ) {}

  @Post()
  @Requires('payments:write')
  @Documented({
    body: SavePaymentMethodDto,
    example: { customerId: 'customer-42', paymentMethodId: 'pm_card_visa' },
    summary: 'Save a payment method for a customer',
    description:
      'The provider keeps it; the shop keeps a token, never a card number. Calls the provider before it responds. With a paymentMethodId it is saved immediately (active), declined (failed), or needs authentication by the payer (requires_action). Without one, the payer enters a card in the browser with the clientSecret, as with Stripe.js.',
    operationId: 'savePaymentMethod',
    status: 201,
    answer: SavedPaymentMethodAnswer,
    answerDescription: 'The payment method as returned by the provider',
    problems: ['provider-refused', 'payment-method-not-usable', 'too-many-payment-methods'],
    idempotencyKey: 'optional',
  })
  async save(
    @Body() body: SavePaymentMethodDto,
    @CurrentCaller() caller: Caller,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const customerId = customerOf(caller, body.customerId);
    if (customerId === undefined)
      throw new ValidationFailed([{ pointer: '#/customerId', detail: 'customerId is required' }]);
    const { paymentMethodId = null, returnUrl = null } = body;
    const answer = await this.requests.onceAfter(
      request,
      () =>
        this.commands.execute(new SavePaymentMethod(customerId, paymentMethodId, returnUrl, request, request.cause)),
      async (tx, asked) => ({
        method: await this.commands.execute(new RecordSetup(tx, asked, request.cause)),
        clientSecret: asked.heard.clientSecret,
      }),
      ({ method, clientSecret }) => {
        const shown = presentPaymentMethod(method, audienceOf(caller));
        return secretAnswer(
          201,
          { ...shown, setupIntentId: method.setupReference, clientSecret },
          { location: `/${API_PREFIX}/payments/methods/${method.id}`, etag: `"${method.version}"` },
        );
      },
    );
    send(reply, answer);
  }

  @Get()
  @Requires('payments:read')
  @Documented({
    summary: 'List saved payment methods, newest first',
    description: 'Active payment methods, unless another status is requested. Customers see only their own.',
    operationId: 'listPaymentMethods',
    status: 200,
    answer: PaymentMethodPage,
    answerDescription: 'A page of payment methods',
  })
  async list(
    @Query() { limit, cursor, customerId, status = 'active' }: PaymentMethodQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const whose = customerOf(caller, customerId);
    const filter = { status, ...(whose !== undefined && { customerId: whose }) };
    const found = await this.methods.list(filter, decodeCursor(cursor), limit);
    sendPage(
      request,
      reply,
      pageOf(found, limit, (method) => presentPaymentMethod(method, audienceOf(caller))),
    );
  }

  @Get(':id')
  @Requires('payments:read')
  @methodId()
  @Documented({
    summary: 'Read a saved payment method',
    operationId: 'getPaymentMethod',
    status: 200,
    answer: PaymentMethodAnswer,
    answerDescription: 'The payment method',
    problems: ['not-found'],
  })
  async get(
    @Param('id', new IdOf('payment method')) id: string,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const method = await this.methods.find(id, caller.customerId);
    if (!method) throw new NotFound('payment method', id);
    sendWithEtag(request, reply, `"${method.version}"`, presentPaymentMethod(method, audienceOf(caller)));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('payments:write')
  @methodId(902)
  @Documented({
    summary: 'Detach a saved payment method',
    description:
      'The method can no longer be used, and the provider detaches it. A payment in progress with it may fail. Safe to repeat.',
    operationId: 'detachPaymentMethod',
    status: 204,
    answerDescription: 'It is detached',
    problems: ['not-found'],
  })
  async detach(
    @Param('id', new IdOf('payment method')) id: string,
    @CurrentCaller() { customerId }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const cause = causeOfRequest(request);
    await this.transactions.run((tx) => this.commands.execute(new DetachPaymentMethod(tx, id, customerId, cause)));
  }
}

/** @throws Forbidden when a customer names another */
function customerOf({ customerId }: Caller, named: string | undefined): string | undefined {
  if (customerId === null) return named;
  if (named !== undefined && named !== customerId) throw new Forbidden('admin');
  return customerId;
}
