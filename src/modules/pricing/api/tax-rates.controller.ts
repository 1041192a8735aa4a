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
  TaxRateAnswer,
  TaxRatePage,
  ChangeTaxRateDto,
  CreateTaxRateDto,
  presentTaxRate,
  draftOfTaxRate,
  changeOfTaxRate,
} from './tax-rate.dto.js';

const resource: RowResource<'tax-rate'> = { kind: 'tax-rate', path: 'tax-rates', present: presentTaxRate };
const idOf = (example: string) =>
  ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid', example }, description: 'Id of a tax rate' });

@ApiTags('Pricing')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('tax-rates')
export class TaxRatesController {
  constructor(private readonly rows: RowRequests) {}

  @Post()
  @Requires('pricing:write')
  @Documented({
    body: CreateTaxRateDto,
    example: { country: 'FR', name: 'TVA', ratePpm: 200_000 },

    summary: 'Add a tax rate',
    description: 'Publishes the next tariff: orders that are placed from now on are priced by it.',
    operationId: 'createTaxRate',
    status: 201,
    answer: TaxRateAnswer,
    answerDescription: 'The tax rate',
    problems: ['tariff-too-large'],
    idempotencyKey: 'optional',
  })
  create(
    @Body() body: CreateTaxRateDto,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.rows.create(resource, draftOfTaxRate(body), request, reply);
  }

  @Get()
  @Requires('pricing:write')
  @Documented({
    summary: 'List tax rates, newest first',
    operationId: 'listTaxRates',
    status: 200,
    answer: TaxRatePage,
    answerDescription: 'A page of tax rates',
  })
  list(@Query() query: PageQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.rows.list(resource, query, request, reply);
  }

  @Get(':id')
  @Requires('pricing:write')
  @idOf('01939d00-0000-7000-8000-000000000701')
  @Documented({
    summary: 'Read a tax rate',
    operationId: 'getTaxRate',
    status: 200,
    answer: TaxRateAnswer,
    answerDescription: 'The tax rate',
    problems: ['not-found'],
  })
  get(
    @Param('id', new IdOf('tax rate')) id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.rows.get(resource, id, request, reply);
  }

  @Patch(':id')
  @Requires('pricing:write')
  @idOf('01939d00-0000-7000-8000-000000000701')
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag of the version you read; 412 if it is no longer current',
    schema: { type: 'string' },
  })
  @Documented({
    body: ChangeTaxRateDto,
    example: { name: 'Tax rate' },

    summary: 'Change a tax rate; only what is sent changes',
    description: 'Publishes the next tariff. Orders keep what they were priced by.',
    operationId: 'changeTaxRate',
    status: 200,
    answer: TaxRateAnswer,
    answerDescription: 'The tax rate as it is now',
    problems: ['not-found', 'precondition-failed', 'tariff-too-large'],
  })
  change(
    @Param('id', new IdOf('tax rate')) id: string,
    @Body() body: ChangeTaxRateDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.rows.change(resource, id, changeOfTaxRate(body), request, reply);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('pricing:write')
  @idOf('01939d00-0000-7000-8000-000000000702')
  @Documented({
    summary: 'Delete a tax rate',
    description: 'Publishes the next tariff. Orders keep what they were priced by.',
    operationId: 'deleteTaxRate',
    status: 204,
    answerDescription: 'It is deleted',
    problems: ['not-found'],
  })
  delete(@Param('id', new IdOf('tax rate')) id: string, @Req() request: FastifyRequest): Promise<void> {
    return this.rows.delete('tax-rate', id, request);
  }
}
