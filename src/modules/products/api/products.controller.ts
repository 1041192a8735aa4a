import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiHeader, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NotFound } from '#kernel/errors.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { Transactions } from '#ports/tx.js';
import { causeOfRequest, Public, Requires } from '#platform/http/access.js';
import { acceptsVersion, jsonAnswer, send, sendPage, sendWithEtag, WrittenJson } from '#platform/http/answer.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { sent } from '#platform/http/fields.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { IdOf, NoMembers } from '#platform/http/validation.js';
import { ChangeProduct } from '../application/change-product.js';
import { CreateProduct } from '../application/create-product.js';
import { DeleteProduct } from '../application/delete-product.js';
import { ExternalCatalog } from '../application/external-catalog.js';
import { ImportProducts } from '../application/import-products.js';
import { ProductReadModel } from '../application/product-read-model.js';
import {
  ChangeProductDto,
  CreateProductDto,
  presentProduct,
  ProductAnswer,
  productEtag,
  ProductPage,
  ProductQuery,
} from './product.dto.js';
import { ImportAnswer } from './import.dto.js';
import { productId, productIdOf } from './product-id.js';

@ApiTags('Products')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('products')
export class ProductsController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly transactions: Transactions,
    private readonly commands: CommandBus,
    private readonly products: ProductReadModel,
    private readonly catalog: ExternalCatalog,
  ) {}

  @Post()
  @Requires('products:write')
  @Documented({
    body: CreateProductDto,
    example: {
      name: 'Enamel mug, green',
      price: 1450,
      currency: 'USD',
      stock: 25,
      description: 'Holds tea, survives camping.',
    },

    summary: 'Add a product',
    operationId: 'createProduct',
    status: 201,
    answer: ProductAnswer,
    answerDescription: 'The product',
    problems: ['sku-taken'],
    idempotencyKey: 'optional',
  })
  async create(
    @Body() body: CreateProductDto,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const usual = { sku: null, description: null, stock: 0, active: true, metadata: {} };
    const { name, price, currency } = body;
    const draft = { ...usual, ...sent(body), name, price, currency };
    const answer = await this.requests.once(
      request,
      (tx) => this.commands.execute(new CreateProduct(tx, draft, request.cause)),
      (product) =>
        jsonAnswer(201, presentProduct(product), {
          location: `/${API_PREFIX}/products/${product.id}`,
          etag: productEtag(product),
        }),
    );
    send(reply, answer);
  }

  @Post('import')
  @HttpCode(200)
  @Requires('products:write')
  @Documented({
    summary: 'Import the catalog of the balance service',
    description:
      'Reads GET /api/products at BALANCE_SERVICE_URL. Products are matched by sku: name, description and price follow the catalog; stock is imported once.',
    operationId: 'importProducts',
    status: 200,
    answer: ImportAnswer,
    answerDescription: 'The result of the import',
    problems: ['no-catalogue'],
    idempotencyKey: 'optional',
  })
  async import(
    @Body(NoMembers) _body: unknown,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.requests.onceAfter(
      request,
      () => this.catalog.read(),
      (tx, contents) => this.commands.execute(new ImportProducts(tx, contents, request.cause)),
      (result) => jsonAnswer(200, result),
    );
    send(reply, answer);
  }

  @Get()
  @Public()
  @Documented({
    summary: 'List products, newest first',
    operationId: 'listProducts',
    status: 200,
    answer: ProductPage,
    answerDescription: 'A page of products',
    isPublic: true,
  })
  async list(@Query() query: ProductQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { limit, cursor, ...filter } = query;
    sendPage(
      request,
      reply,
      pageOf(await this.products.list(filter, decodeCursor(cursor), limit), limit, ({ json }) => new WrittenJson(json)),
    );
  }

  @Get(':id')
  @Public()
  @productId
  @Documented({
    summary: 'Read a product',
    operationId: 'getProduct',
    status: 200,
    answer: ProductAnswer,
    answerDescription: 'The product',
    problems: ['not-found'],
    isPublic: true,
  })
  async get(
    @Param('id', new IdOf('product')) id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await this.products.find(id);
    if (!found) throw new NotFound('product', id);
    sendWithEtag(request, reply, productEtag(found), new WrittenJson(found.json));
  }

  @Patch(':id')
  @Requires('products:write')
  @productId
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag of the version you read; 412 if it is no longer current',
    schema: { type: 'string' },
  })
  @Documented({
    body: ChangeProductDto,
    example: { description: 'Single origin, roasted on Mondays.' },

    summary: 'Change a product; only what is sent changes',
    description: 'Stock is never set, only adjusted.',
    operationId: 'changeProduct',
    status: 200,
    answer: ProductAnswer,
    answerDescription: 'The product as it is now',
    problems: ['not-found', 'sku-taken', 'precondition-failed'],
  })
  async change(
    @Param('id', new IdOf('product')) id: string,
    @Body() body: ChangeProductDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const accepts = ifMatch === undefined ? null : acceptsVersion(ifMatch);
    const cause = causeOfRequest(request);
    const changed = await this.transactions.run((tx) =>
      this.commands.execute(new ChangeProduct(tx, id, sent(body), accepts, cause)),
    );
    send(reply, jsonAnswer(200, presentProduct(changed), { etag: productEtag(changed) }));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('products:write')
  @productIdOf('01939d00-0000-7000-8000-000000000004')
  @Documented({
    summary: 'Delete a product that was never ordered',
    operationId: 'deleteProduct',
    status: 204,
    answerDescription: 'The product is deleted',
    problems: ['not-found', 'product-in-use'],
  })
  async delete(@Param('id', new IdOf('product')) id: string, @Req() request: FastifyRequest): Promise<void> {
    const cause = causeOfRequest(request);
    await this.transactions.run((tx) => this.commands.execute(new DeleteProduct(tx, id, cause)));
  }
}
