import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#ports/caller.js';
import { isId } from '#kernel/ids.js';
import { nameOf } from '#kernel/texts.js';
import { NotFound, ValidationFailed } from '#kernel/errors.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import type { Tx } from '#ports/tx.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { send, sendPage, sendWithEtag, WrittenJson } from '#platform/http/answer.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { IdOf, NoMembers } from '#platform/http/validation.js';
import { Forbidden, NotForCustomers } from '#modules/access/contract.js';
import { couponCodesOf } from '#modules/pricing/contract.js';
import type { OrderDraft } from '../application/place-orders.js';
import { CancelOrder } from '../application/cancel-order.js';
import { CompleteOrder } from '../application/complete-order.js';
import { MoneyTakers } from '../application/money-takers.js';
import { OrderReadModel } from '../application/order-read-model.js';
import { Orders } from '../application/orders.js';
import { currentAnswer, OrderAnswer, orderEtag, OrderPage, presentOrder } from './order-answer.dto.js';
import { CancelOrderDto, OrderQuery, PlaceOrderDto } from './order.dto.js';
import { OrderSettings } from '../settings.js';
import type { PaymentMethod } from '../contract.js';
import { OrderQueue } from './order-queue.js';

const orderId = (example: string) =>
  ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid', example }, description: 'Id of an order' });

@ApiTags('Orders')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('orders')
export class OrdersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly requests: IdempotentRequests,
    private readonly queue: OrderQueue,
    private readonly orders: Orders,
    private readonly shown: OrderReadModel,
    private readonly takers: MoneyTakers,
    private readonly settings: OrderSettings,
  ) {}

  @Post()
  @Requires('orders:write')
  @Documented({
    body: PlaceOrderDto,
    example: {
      items: [{ productId: '01939d00-0000-7000-8000-000000000001', quantity: 2 }],
      customerId: 'customer-42',
      shippingAddress: { name: 'Ada Example', street: '1 Analytical Way', city: 'London', country: 'GB' },
    },

    summary: 'Place an order',
    description: 'Takes the stock of all lines or none. Current catalog prices apply; `unitPrice` only asserts one.',
    operationId: 'placeOrder',
    status: 201,
    answer: OrderAnswer,
    answerDescription: 'The order; Location and ETag are set',
    problems: [
      'insufficient-stock',
      'price-changed',
      'product-unavailable',
      'mixed-currencies',
      'order-too-large',
      'shipping-method-required',
      'shipping-method-not-available',
      'address-incomplete',
      'destination-not-served',
      'coupon-not-applicable',
      'total-changed',
      'order-number-taken',
      'insufficient-funds',
      'too-many-open-orders',
    ],
    idempotencyKey: 'required',
  })
  async place(
    @Body() body: PlaceOrderDto,
    @CurrentCaller() caller: Caller,
    @Idempotent('required') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (caller.customerId !== null && body.customerId !== undefined && body.customerId !== caller.customerId)
      throw new Forbidden('admin');
    const { paymentMethod = 'card' } = body;
    if (caller.customerId !== null) this.assertForCustomers(body.orderNumber, paymentMethod);
    if (body.paymentMethod === 'balance' && caller.customerId === null && body.customerId === undefined) {
      throw new ValidationFailed([{ pointer: '#/customerId', detail: 'a balance payment requires customerId' }]);
    }
    send(reply, await this.queue.place(request, draftOf(body, caller)));
  }

  private assertForCustomers(orderNumber: string | undefined, paymentMethod: PaymentMethod): void {
    if (orderNumber !== undefined) throw new NotForCustomers('Customers cannot choose the order number.');
    if (!this.settings.customerPaymentMethods.includes(paymentMethod))
      throw new NotForCustomers(`Customers of this shop cannot pay by ${paymentMethod}.`);
  }

  @Get()
  @Requires('orders:read')
  @Documented({
    summary: 'List orders, newest first',
    operationId: 'listOrders',
    status: 200,
    answer: OrderPage,
    answerDescription: 'A page of orders',
  })
  async list(
    @Query() query: OrderQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { limit, cursor, createdFrom, createdTo, customerId, ...filter } = query;
    if (caller.customerId !== null && customerId !== undefined && customerId !== caller.customerId)
      throw new Forbidden('admin');
    const orders = await this.shown.list(
      {
        ...filter,
        customerId: caller.customerId ?? customerId,
        ...(createdFrom !== undefined && { createdFrom: new Date(createdFrom) }),
        ...(createdTo !== undefined && { createdTo: new Date(createdTo) }),
      },
      decodeCursor(cursor),
      limit,
    );
    sendPage(
      request,
      reply,
      pageOf(orders, limit, ({ json }) => new WrittenJson(json)),
    );
  }

  @Get(':id')
  @Requires('orders:read')
  @ApiParam({
    name: 'id',
    schema: { type: 'string', example: '01939d00-0000-7000-8000-000000000101' },
    description: 'Id of an order, or its number',
  })
  @Documented({
    summary: 'Read an order',
    operationId: 'getOrder',
    status: 200,
    answer: OrderAnswer,
    answerDescription: 'The order',
    problems: ['not-found'],
  })
  async get(
    @Param('id') given: string,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const id = isId(given) ? given.toLowerCase() : nameOf(given);
    const order = await this.orders.find(id, caller.customerId);
    if (!order) throw new NotFound('order', id);
    sendWithEtag(request, reply, orderEtag(order), presentOrder(order));
  }

  @Post(':id/cancel')
  @Requires('orders:write')
  @orderId('01939d00-0000-7000-8000-000000000102')
  @Documented({
    body: CancelOrderDto,
    example: { reason: 'changed my mind' },
    bodyOptional: true,

    summary: 'Cancel a pending order',
    description:
      'Returns every unit to stock exactly once, voids an authorization and refunds captured money. Repeating it returns the canceled order and changes nothing.',
    operationId: 'cancelOrder',
    status: 200,
    answer: OrderAnswer,
    answerDescription: 'The canceled order',
    problems: ['not-found', 'invalid-transition'],
    idempotencyKey: 'optional',
  })
  async cancel(
    @Param('id', new IdOf('order')) id: string,
    @Body() body: CancelOrderDto,
    @CurrentCaller() caller: Caller,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const cancel = (tx: Tx) =>
      this.commands.execute(new CancelOrder(tx, id, body.reason ?? null, caller.customerId, request.cause));
    send(reply, await this.requests.once(request, cancel, currentAnswer));
  }

  @Post(':id/complete')
  @Requires('orders:write', 'staff')
  @orderId('01939d00-0000-7000-8000-000000000103')
  @Documented({
    summary: 'Complete an order that is paid, authorized or paid externally',
    description:
      'Captures any authorized payment first and completes the order only after the provider has captured it. Returns 503 if the provider does not respond in time; retrying then continues. A successful payment completes its order automatically unless ORDER_AUTO_COMPLETE is false. Safe to repeat.',
    operationId: 'completeOrder',
    status: 200,
    answer: OrderAnswer,
    answerDescription: 'The completed order',
    problems: ['not-found', 'invalid-transition', 'payment-required'],
    idempotencyKey: 'optional',
  })
  async complete(
    @Param('id', new IdOf('order')) id: string,
    @Body(NoMembers) _body: unknown,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.takers.take(id, request.cause);
    const complete = (tx: Tx) => this.commands.execute(new CompleteOrder(tx, id, request.cause));
    send(reply, await this.requests.once(request, complete, currentAnswer));
  }
}

/** An order as it is asked for; a customer's own is theirs. */
function draftOf(body: PlaceOrderDto, caller: Caller): OrderDraft {
  const { paymentMethod = 'card' } = body;
  return {
    items: body.items,
    customerId: caller.customerId ?? body.customerId ?? null,
    orderNumber: body.orderNumber,
    paymentMethod,
    isCapped: caller.customerId !== null,
    shippingAddress: body.shippingAddress ?? null,
    billingAddress: body.billingAddress ?? null,
    email: body.email ?? null,
    shippingMethod: body.shippingMethod ?? null,
    couponCodes: couponCodesOf(body.couponCodes ?? []),
    expectedTotal: body.expectedTotal ?? null,
    metadata: body.metadata ?? {},
  };
}
