import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IdempotentRequest } from '#ports/idempotency.js';
import { Requires } from '#platform/http/access.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PageQuery } from '#platform/http/page-query.js';
import { IdOf } from '#platform/http/validation.js';
import { RowRequests, type RowResource } from './row-requests.js';
import {
  ShippingMethodAnswer,
  ShippingMethodPage,
  ChangeShippingMethodDto,
  CreateShippingMethodDto,
  presentShippingMethod,
  draftOfShippingMethod,
  changeOfShippingMethod,
} from './shipping-method.dto.js';

const resource: RowResource<'shipping-method'> = {
  kind: 'shipping-method',
  path: 'shipping-methods',
  present: presentShippingMethod,
};
const idOf = (example: string) =>
  ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid', example }, description: 'Id of a shipping method' });

@ApiTags('Pricing')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('shipping-methods')
export class ShippingMethodsController {
  constructor(private readonly rows: RowRequests) {}

  @Post()
  @Requires('pricing:write')
  @Documented({
    body: CreateShippingMethodDto,
    example: {
      code: 'overnight',
      name: 'Overnight',
      prices: [{ currency: 'EUR', price: 1990 }],
      areas: [{ country: 'DE' }],
    },

    summary: 'Add a shipping method',
    description: 'Publishes the next tariff: orders that are placed from now on are priced by it.',
    operationId: 'createShippingMethod',
    status: 201,
    answer: ShippingMethodAnswer,
    answerDescription: 'The shipping method',
    problems: ['shipping-code-taken', 'tariff-too-large'],
    idempotencyKey: 'optional',
  })
  create(
    @Body() body: CreateShippingMethodDto,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.rows.create(resource, draftOfShippingMethod(body), request, reply);
  }

  @Get()
  @Requires('pricing:write')
  @Documented({
    summary: 'List shipping methods, newest first',
    operationId: 'listShippingMethods',
    status: 200,
    answer: ShippingMethodPage,
    answerDescription: 'A page of shipping methods',
  })
  list(@Query() query: PageQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.rows.list(resource, query, request, reply);
  }

  @Get(':id')
  @Requires('pricing:write')
  @idOf('01939d00-0000-7000-8000-000000000711')
  @Documented({
    summary: 'Read a shipping method',
    operationId: 'getShippingMethod',
    status: 200,
    answer: ShippingMethodAnswer,
    answerDescription: 'The shipping method',
    problems: ['not-found'],
  })
  get(
    @Param('id', new IdOf('shipping method')) id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.rows.get(resource, id, request, reply);
  }

  @Patch(':id')
  @Requires('pricing:write')
  @idOf('01939d00-0000-7000-8000-000000000711')
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag of the version you read; 412 if it is no longer current',
    schema: { type: 'string' },
  })
  @Documented({
    body: ChangeShippingMethodDto,
    example: { name: 'Shipping method' },

    summary: 'Change a shipping method; only what is sent changes',
    description: 'Publishes the next tariff. Orders keep what they were priced by.',
    operationId: 'changeShippingMethod',
    status: 200,
    answer: ShippingMethodAnswer,
    answerDescription: 'The shipping method as it is now',
    problems: ['not-found', 'precondition-failed', 'tariff-too-large'],
  })
  change(
    @Param('id', new IdOf('shipping method')) id: string,
    @Body() body: ChangeShippingMethodDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.rows.change(resource, id, changeOfShippingMethod(body), request, reply);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('pricing:write')
  @idOf('01939d00-0000-7000-8000-000000000712')
  @Documented({
    summary: 'Delete a shipping method',
    description: 'Publishes the next tariff. Orders keep what they were priced by.',
    operationId: 'deleteShippingMethod',
    status: 204,
    answerDescription: 'It is deleted',
    problems: ['not-found'],
  })
  delete(@Param('id', new IdOf('shipping method')) id: string, @Req() request: FastifyRequest): Promise<void> {
    return this.rows.delete('shipping-method', id, request);
  }
}
