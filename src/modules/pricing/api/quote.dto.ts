import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsObject,
  IsUUID,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import type { JsonObject } from '#kernel/json.js';
import { IsCurrency, IsFreeObject, IsName, MayBeAbsent, MayBeNull } from '#platform/http/fields.js';
import type { QuotedGoods } from '../application/price-quotes.js';
import { MAX_CODES } from '../domain/coupon-code.js';
import { AppliedDiscountAnswer, ShippingLineAnswer, TaxLineAnswer } from './priced.dto.js';

class QuoteLineDto {
  @ApiProperty({ type: String, format: 'uuid', example: '01939d00-0000-7000-8000-000000000001' })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  @IsUUID()
  productId!: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: 10_000, example: 2 })
  @IsInt()
  @Min(1)
  @Max(10_000)
  quantity!: number;
}

export class QuoteDto {
  @ApiProperty({ type: [QuoteLineDto], minItems: 1, maxItems: 100 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => QuoteLineDto)
  items!: QuoteLineDto[];

  @ApiPropertyOptional({
    type: String,
    description: 'ISO 4217; 422 mixed-currencies if the goods are sold in another one',
  })
  @MayBeAbsent()
  @IsCurrency()
  currency?: string;

  @ApiPropertyOptional({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    description: 'Free; prices depend on `country` (ISO 3166-1 alpha-2), `state` and `zipCode`',
  })
  @MayBeNull()
  @IsFreeObject()
  shippingAddress?: JsonObject | null;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 40, description: 'Code of a shipping method' })
  @MayBeNull()
  @IsName(40)
  shippingMethod?: string | null;

  @ApiPropertyOptional({ type: [String], maxItems: MAX_CODES })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MAX_CODES)
  @ArrayUnique()
  @Matches(/^[^\0]{1,100}$/u, { each: true, message: 'each of couponCodes must have 1 to 100 characters' })
  couponCodes?: string[];
}

class QuotedLineAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) productId!: string;
  @ApiProperty({ type: String, nullable: true }) sku!: string | null;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: 'integer' }) quantity!: number;
  @ApiProperty({ type: 'integer' }) unitPrice!: number;
  @ApiProperty({ type: 'integer' }) total!: number;
  @ApiProperty({ type: 'integer' }) discount!: number;
  @ApiProperty({ type: 'integer' }) tax!: number;
  @ApiProperty({ type: 'integer' }) ratePpm!: number;
}

class ShippingOptionAnswer {
  @ApiProperty({ type: String }) code!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: 'integer' }) price!: number;
}

export class QuoteAnswer {
  @ApiProperty({ type: [QuotedLineAnswer] }) items!: QuotedLineAnswer[];
  @ApiProperty({ type: String }) currency!: string;
  @ApiProperty({ type: 'integer' }) subtotal!: number;
  @ApiProperty({ type: 'integer' }) discount!: number;
  @ApiProperty({ type: 'integer', description: 'After its own discount' }) shipping!: number;
  @ApiProperty({ type: 'integer' }) tax!: number;
  @ApiProperty({ type: Boolean }) taxIncluded!: boolean;
  @ApiProperty({ type: 'integer' }) total!: number;
  @ApiProperty({ type: [TaxLineAnswer] }) taxLines!: readonly TaxLineAnswer[];
  @ApiProperty({ type: [AppliedDiscountAnswer] }) discounts!: readonly AppliedDiscountAnswer[];
  @ApiProperty({ type: ShippingLineAnswer, nullable: true }) shippingLine!: ShippingLineAnswer | null;
  @ApiProperty({ type: [ShippingOptionAnswer] }) shippingOptions!: readonly ShippingOptionAnswer[];
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'What is missing to a benefit that applies by itself',
  })
  hints!: readonly object[];
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'Why an order of this would be refused: `code`, `pointer`, `detail`',
  })
  problems!: readonly object[];
  @ApiProperty({ type: 'integer' }) tariffVersion!: number;
  @ApiProperty({ type: Boolean, description: 'The tax is that of the home of the shop, because no address is known' })
  taxEstimated!: boolean;
  @ApiProperty({ type: Boolean, description: 'Nothing is missing for an order' }) complete!: boolean;
}

export function presentQuote({ goods, quote }: QuotedGoods): QuoteAnswer {
  const { lines, problems, tariffVersion, ...rest } = quote;
  const items = goods.map(({ product, quantity }, i) => {
    const { id, sku, name } = product;
    return { productId: id, sku, name, quantity, ...lines[i]! };
  });
  return { items, ...rest, problems, tariffVersion, complete: problems.length === 0 };
}
