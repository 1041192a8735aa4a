import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IdempotentRequest } from '#ports/idempotency.js';
import { Requires } from '#platform/http/access.js';
import { decodeCursor, pageBy } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PageQuery } from '#platform/http/page-query.js';
import { IdOf } from '#platform/http/validation.js';
import { CommandBus } from '@nestjs/cqrs';
import { IdempotentRequests } from '#ports/idempotency.js';
import type { Tx } from '#ports/tx.js';
import { jsonAnswer, send, sendPage } from '#platform/http/answer.js';
import { AddCouponCode, CouponCodes } from '../application/coupon-codes.js';
import { couponCode } from '../domain/coupon-code.js';
import { CouponCodeAnswer, CouponCodePage, CreateCouponCodeDto, presentCouponCode } from './coupon-code.dto.js';
import { changeOfPromotion, draftOfPromotion } from './promotion-drafts.js';
import { RowRequests, type RowResource } from './row-requests.js';
import {
  PromotionAnswer,
  PromotionPage,
  ChangePromotionDto,
  CreatePromotionDto,
  presentPromotion,
} from './promotion.dto.js';

const resource: RowResource<'promotion'> = { kind: 'promotion', path: 'promotions', present: presentPromotion };
const idOf = (example: string) =>
  ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid', example }, description: 'Id of a promotion' });

@ApiTags('Pricing')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('promotions')
export class PromotionsController {
  constructor(
    private readonly rows: RowRequests,
    private readonly commands: CommandBus,
    private readonly requests: IdempotentRequests,
    private readonly codes: CouponCodes,
  ) {}

  @Post()
  @Requires('pricing:write')
  @Documented({
    body: CreatePromotionDto,
    example: { name: 'Ten percent', kind: 'percentage', valuePpm: 100_000, needsCode: true },

    summary: 'Add a promotion',
    description: 'Publishes the next tariff: orders that are placed from now on are priced by it.',
    operationId: 'createPromotion',
    status: 201,
    answer: PromotionAnswer,
    answerDescription: 'The promotion',
    problems: ['tariff-too-large'],
    idempotencyKey: 'optional',
  })
  create(
    @Body() body: CreatePromotionDto,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.rows.create(resource, draftOfPromotion(body), request, reply);
  }

  @Get()
  @Requires('pricing:write')
  @Documented({
    summary: 'List promotions, newest first',
    operationId: 'listPromotions',
    status: 200,
    answer: PromotionPage,
    answerDescription: 'A page of promotions',
  })
  list(@Query() query: PageQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.rows.list(resource, query, request, reply);
  }

  @Get(':id')
  @Requires('pricing:write')
  @idOf('01939d00-0000-7000-8000-000000000721')
  @Documented({
    summary: 'Read a promotion',
    operationId: 'getPromotion',
    status: 200,
    answer: PromotionAnswer,
    answerDescription: 'The promotion',
    problems: ['not-found'],
  })
  get(
    @Param('id', new IdOf('promotion')) id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.rows.get(resource, id, request, reply);
  }

  @Patch(':id')
  @Requires('pricing:write')
  @idOf('01939d00-0000-7000-8000-000000000721')
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag of the version you read; 412 if it is no longer current',
    schema: { type: 'string' },
  })
  @Documented({
    body: ChangePromotionDto,
    example: { name: 'Promotion' },

    summary: 'Change a promotion; only what is sent changes',
    description: 'Publishes the next tariff. Orders keep what they were priced by.',
    operationId: 'changePromotion',
    status: 200,
    answer: PromotionAnswer,
    answerDescription: 'The promotion as it is now',
    problems: ['not-found', 'precondition-failed', 'tariff-too-large'],
  })
  change(
    @Param('id', new IdOf('promotion')) id: string,
    @Body() body: ChangePromotionDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.rows.change(resource, id, changeOfPromotion(body), request, reply);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('pricing:write')
  @idOf('01939d00-0000-7000-8000-000000000722')
  @Documented({
    summary: 'Delete a promotion',
    description: 'Publishes the next tariff. Orders keep what they were priced by.',
    operationId: 'deletePromotion',
    status: 204,
    answerDescription: 'It is deleted',
    problems: ['not-found', 'promotion-in-use'],
  })
  delete(@Param('id', new IdOf('promotion')) id: string, @Req() request: FastifyRequest): Promise<void> {
    return this.rows.delete('promotion', id, request);
  }

  @Post(':id/codes')
  @Requires('pricing:write')
  @idOf('01939d00-0000-7000-8000-000000000721')
  @Documented({
    body: CreateCouponCodeDto,
    example: { code: 'SPRING-2027' },

    summary: 'Add a coupon code to a promotion',
    description: 'Orders that name the code get the promotion. Upper and lower case are one.',
    operationId: 'createCouponCode',
    status: 201,
    answer: CouponCodeAnswer,
    answerDescription: 'The code',
    problems: ['not-found', 'coupon-code-taken'],
    idempotencyKey: 'optional',
  })
  async addCode(
    @Param('id', new IdOf('promotion')) id: string,
    @Body() body: CreateCouponCodeDto,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const add = (tx: Tx) => this.commands.execute(new AddCouponCode(tx, id, body.code));
    send(reply, await this.requests.once(request, add, (added) => jsonAnswer(201, presentCouponCode(added))));
  }

  @Get(':id/codes')
  @Requires('pricing:write')
  @idOf('01939d00-0000-7000-8000-000000000721')
  @Documented({
    summary: 'List the coupon codes of a promotion',
    operationId: 'listCouponCodes',
    status: 200,
    answer: CouponCodePage,
    answerDescription: 'A page of codes, in alphabetical order',
  })
  async listCodes(
    @Param('id', new IdOf('promotion')) id: string,
    @Query() { limit, cursor }: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = decodeCursor(cursor, (code) => couponCode(code) === code);
    const found = await this.codes.list(id, after, limit);
    sendPage(
      request,
      reply,
      pageBy(found, limit, presentCouponCode, ({ code }) => code),
    );
  }
}
