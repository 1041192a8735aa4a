import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Inventory } from '#modules/inventory/contract.js';
import { NotFound } from '#kernel/errors.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { Requires } from '#platform/http/access.js';
import { jsonAnswer, send, sendPage } from '#platform/http/answer.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PageQuery } from '#platform/http/page-query.js';
import { IdOf } from '#platform/http/validation.js';
import { AdjustStock } from '../application/adjust-stock.js';
import { ProductReadModel } from '../application/product-read-model.js';
import { productId } from './product-id.js';
import {
  AdjustStockDto,
  presentAdjustment,
  StockAdjustmentAnswer,
  StockAdjustmentPage,
} from './stock-adjustment.dto.js';

@ApiTags('Products')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('products/:id/stock-adjustments')
export class StockAdjustmentsController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly commands: CommandBus,
    private readonly products: ProductReadModel,
    private readonly inventory: Inventory,
  ) {}

  @Post()
  @Requires('products:write')
  @productId
  @Documented({
    body: AdjustStockDto,
    example: { delta: 10, reason: 'delivery' },

    summary: 'Add or remove units, with a reason',
    operationId: 'adjustStock',
    status: 201,
    answer: StockAdjustmentAnswer,
    answerDescription: 'The adjustment and the stock after it',
    problems: ['not-found', 'insufficient-stock', 'stock-out-of-bounds'],
    idempotencyKey: 'optional',
  })
  async adjust(
    @Param('id', new IdOf('product')) id: string,
    @Body() { delta, reason }: AdjustStockDto,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.requests.once(
      request,
      (tx) => this.commands.execute(new AdjustStock(tx, id, delta, reason, request.cause)),
      (adjustment) => jsonAnswer(201, presentAdjustment(adjustment)),
    );
    send(reply, answer);
  }

  @Get()
  @Requires('products:write')
  @productId
  @Documented({
    summary: 'List the stock history, newest first',
    operationId: 'listStockAdjustments',
    status: 200,
    answer: StockAdjustmentPage,
    answerDescription: 'A page of adjustments',
    problems: ['not-found'],
  })
  async adjustments(
    @Param('id', new IdOf('product')) id: string,
    @Query() { limit, cursor }: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!(await this.products.find(id))) throw new NotFound('product', id);
    sendPage(
      request,
      reply,
      pageOf(await this.inventory.adjustments(id, decodeCursor(cursor), limit), limit, presentAdjustment),
    );
  }
}
