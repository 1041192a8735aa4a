import { Body, Controller, Get, Headers, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiExtraModels, ApiHeader, ApiParam, ApiProperty, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NotFound } from '#kernel/errors.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { Transactions, type Tx } from '#ports/tx.js';
import { causeOfRequest, Requires } from '#platform/http/access.js';
import { acceptsVersion, jsonAnswer, send, sendPage, sendWithEtag } from '#platform/http/answer.js';
import { decodeCursor, pageBy } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PageQuery } from '#platform/http/page-query.js';
import { ChangePricingSettings, RollBackTariff } from '../application/change-settings.js';
import { TariffLog, type PublishedTariff } from '../application/tariff-log.js';
import { PreconditionRequired } from '../domain/errors.js';
import {
  CurrencySettingsDto,
  PricingSettingsAnswer,
  PricingSettingsDto,
  settingsOf,
  TariffAnswer,
  TariffPage,
  WholeTariffAnswer,
} from './settings.dto.js';

const VERSION = /^\d{1,15}$/;

class RollBackDto {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 1,
    description: 'Number of the tariff that is to be in force again; 0 is the empty one',
  })
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  version!: number;
}

@ApiTags('Pricing')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@ApiExtraModels(CurrencySettingsDto)
@Controller()
export class TariffsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly requests: IdempotentRequests,
    private readonly commands: CommandBus,
    private readonly log: TariffLog,
  ) {}

  @Get('pricing-settings')
  @Requires('pricing:write')
  @Documented({
    summary: 'Read the pricing settings',
    operationId: 'getPricingSettings',
    status: 200,
    answer: PricingSettingsAnswer,
    answerDescription: 'The settings; ETag is set',
  })
  async settings(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { settings, version } = await this.log.settings();
    sendWithEtag(request, reply, `"${version}"`, { ...settings, version });
  }

  @Put('pricing-settings')
  @Requires('pricing:write')
  @ApiHeader({
    name: 'If-Match',
    required: true,
    description: 'ETag of the settings you read; required, because this moves every price',
    schema: { type: 'string', example: '*' },
  })
  @Documented({
    body: PricingSettingsDto,
    example: { home: { country: 'DE' }, currencies: { EUR: { pricesIncludeTax: true } } },

    summary: 'Replace the pricing settings',
    description: 'Publishes the next tariff.',
    operationId: 'putPricingSettings',
    status: 200,
    answer: PricingSettingsAnswer,
    answerDescription: 'The settings as they are now',
    problems: ['precondition-required', 'precondition-failed', 'tariff-too-large'],
  })
  async changeSettings(
    @Body() body: PricingSettingsDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (ifMatch === undefined) throw new PreconditionRequired();
    const [settings, cause] = [settingsOf(body), causeOfRequest(request)];
    const version = await this.transactions.run((tx) =>
      this.commands.execute(new ChangePricingSettings(tx, settings, acceptsVersion(ifMatch), cause)),
    );
    send(reply, jsonAnswer(200, { ...settings, version }, { etag: `"${version}"` }));
  }

  @Get('tariffs')
  @Requires('pricing:write')
  @Documented({
    summary: 'List the published tariffs, newest first',
    operationId: 'listTariffs',
    status: 200,
    answer: TariffPage,
    answerDescription: 'A page of tariffs, without their bodies',
  })
  async list(
    @Query() { limit, cursor }: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const before = decodeCursor(cursor, (version) => VERSION.test(version));
    const found = await this.log.list(before === null ? null : Number(before), limit);
    sendPage(
      request,
      reply,
      pageBy(found, limit, presentTariff, ({ version }) => String(version)),
    );
  }

  @Get('tariffs/:version')
  @Requires('pricing:write')
  @ApiParam({ name: 'version', schema: { type: 'integer', minimum: 0, example: 1 } })
  @Documented({
    summary: 'Read a tariff',
    description: 'A tariff never changes once it is published.',
    operationId: 'getTariff',
    status: 200,
    answer: WholeTariffAnswer,
    answerDescription: 'The tariff with its body',
    problems: ['not-found'],
  })
  async get(@Param('version') given: string, @Res() reply: FastifyReply): Promise<void> {
    const version = VERSION.test(given) ? Number(given) : -1;
    const [tariff, body] = [await this.log.find(version), await this.log.body(version)];
    if (!tariff || !body) throw new NotFound('tariff', given);
    send(reply, jsonAnswer(200, { ...presentTariff(tariff), body }));
  }

  @Post('tariff/rollback')
  @HttpCode(200)
  @Requires('pricing:write')
  @Documented({
    body: RollBackDto,
    example: { version: 1 },

    summary: 'Put an older tariff in force again',
    description:
      'Publishes its body under a new number. Tax rates, shipping methods, promotions and settings keep what they say; the next change of one publishes them again.',
    operationId: 'rollBackTariff',
    status: 200,
    answer: TariffAnswer,
    answerDescription: 'The new tariff',
    problems: ['not-found'],
    idempotencyKey: 'optional',
  })
  async rollBack(
    @Body() { version }: RollBackDto,
    @Idempotent('optional') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const rollBack = (tx: Tx) => this.commands.execute(new RollBackTariff(tx, version, request.cause));
    send(reply, await this.requests.once(request, rollBack, (tariff) => jsonAnswer(200, presentTariff(tariff))));
  }
}

function presentTariff({ version, changed, note, publishedBy, publishedAt }: PublishedTariff): TariffAnswer {
  return { version, changed, note, publishedBy, publishedAt: publishedAt.toISOString() };
}
