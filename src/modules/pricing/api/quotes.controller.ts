import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { knownCaller, OptionalCaller } from '#platform/http/access.js';
import { Documented } from '#platform/http/documented.js';
import { PriceQuotes } from '../application/price-quotes.js';
import { couponCodesOf } from '../domain/coupon-code.js';
import { presentQuote, QuoteAnswer, QuoteDto } from './quote.dto.js';

@ApiTags('Pricing')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('quotes')
export class QuotesController {
  constructor(private readonly quotes: PriceQuotes) {}

  @Post()
  @HttpCode(200)
  @OptionalCaller()
  @Documented({
    body: QuoteDto,
    example: {
      items: [{ productId: '01939d00-0000-7000-8000-000000000006', quantity: 2 }],
      shippingAddress: { country: 'AT' },
      shippingMethod: 'standard',
    },

    summary: 'Price goods',
    description:
      'What an order of this would cost now: tax, shipping and discounts of the tariff in force. Nothing is stored and no stock is held. `problems` has the codes that an order would be refused with. No caller is needed.',
    operationId: 'createQuote',
    status: 200,
    answer: QuoteAnswer,
    answerDescription: 'The quote',
    problems: ['product-unavailable', 'mixed-currencies'],
  })
  async quote(@Body() body: QuoteDto, @Req() request: FastifyRequest): Promise<QuoteAnswer> {
    const { items, currency = null, shippingAddress = null, shippingMethod = null, couponCodes = [] } = body;
    return presentQuote(
      await this.quotes.price({
        items,
        currency,
        shippingAddress,
        shippingMethod,
        couponCodes: couponCodesOf(couponCodes),
        customerId: knownCaller(request)?.customerId ?? null,
      }),
    );
  }
}
