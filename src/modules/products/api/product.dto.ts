import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsString, Matches, Max, Min } from 'class-validator';
import type { JsonObject } from '#kernel/json.js';
import { MAX_AMOUNT } from '#kernel/money.js';
import {
  IsAmount,
  IsCurrency,
  IsFreeObject,
  IsName,
  Length,
  MaxLength,
  MayBeAbsent,
  MayBeNull,
  QueryBoolean,
} from '#platform/http/fields.js';
import { ownNumbers } from '#platform/http/card-numbers.js';
import { PageQuery } from '#platform/http/page-query.js';
import { MAX_STOCK } from '#modules/inventory/contract.js';
import { TAX_CLASS, type Product } from '../domain/product.js';

ownNumbers.add('sku');

const MAX_WEIGHT_G = 1_000_000;

/** What pricing has to know of a product. */
class GoodsDto {
  @ApiProperty({
    type: String,
    required: false,
    maxLength: 40,
    description: 'Names the tax rates that apply; `standard` unless said',
  })
  @MayBeAbsent()
  @Matches(TAX_CLASS)
  taxClass?: string;

  @ApiProperty({
    type: 'integer',
    required: false,
    nullable: true,
    minimum: 0,
    maximum: MAX_WEIGHT_G,
    description: 'Grams of one unit',
  })
  @MayBeNull()
  @IsInt()
  @Min(0)
  @Max(MAX_WEIGHT_G)
  weightG?: number | null;

  @ApiProperty({
    type: Boolean,
    required: false,
    description: 'Whether it is sent, which it is unless said; what is not sent is taxed at the home of the shop',
  })
  @MayBeAbsent()
  @IsBoolean()
  requiresShipping?: boolean;
}

export class CreateProductDto extends GoodsDto {
  @ApiProperty({ type: String, minLength: 1, maxLength: 255, example: 'Enamel mug' })
  @IsName(255)
  name!: string;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: MAX_AMOUNT,
    description: 'Minor units: 1450 is 14.50 USD',
    example: 1450,
  })
  @IsAmount()
  price!: number;

  @ApiProperty({ type: String, description: 'ISO 4217, any case', example: 'USD' })
  @IsCurrency()
  currency!: string;

  @ApiProperty({ type: String, required: false, nullable: true, minLength: 1, maxLength: 64, description: 'Unique' })
  @MayBeNull()
  @IsName(64)
  sku?: string | null;

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    maxLength: 5000,
    example: 'Holds tea, survives camping.',
  })
  @MayBeNull()
  @IsString()
  @MaxLength(5000)
  description?: string | null;

  @ApiProperty({ type: 'integer', required: false, minimum: 0, maximum: MAX_STOCK, default: 0, example: 25 })
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(MAX_STOCK)
  stock?: number;

  @ApiProperty({ type: Boolean, required: false, default: true })
  @MayBeAbsent()
  @IsBoolean()
  active?: boolean;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Any data of your own, at most 16 KiB',
    example: { color: 'blue' },
  })
  @MayBeAbsent()
  @IsFreeObject()
  metadata?: JsonObject;
}

export class ChangeProductDto extends GoodsDto {
  @ApiProperty({ type: String, required: false, minLength: 1, maxLength: 255 })
  @MayBeAbsent()
  @IsName(255)
  name?: string;

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    maxLength: 5000,
    example: 'Single origin, roasted on Mondays.',
  })
  @MayBeNull()
  @IsString()
  @MaxLength(5000)
  description?: string | null;

  @ApiProperty({ type: 'integer', required: false, minimum: 1, maximum: MAX_AMOUNT })
  @MayBeAbsent()
  @IsAmount()
  price?: number;

  @ApiProperty({ type: String, required: false, nullable: true, minLength: 1, maxLength: 64 })
  @MayBeNull()
  @IsName(64)
  sku?: string | null;

  @ApiProperty({ type: Boolean, required: false })
  @MayBeAbsent()
  @IsBoolean()
  active?: boolean;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @MayBeAbsent()
  @IsFreeObject()
  metadata?: JsonObject;
}

export class ProductQuery extends PageQuery {
  @ApiProperty({ type: Boolean, required: false, description: 'Only products with stock (true) or without (false)' })
  @MayBeAbsent()
  @QueryBoolean()
  @IsBoolean()
  inStock?: boolean;

  @ApiProperty({ type: Boolean, required: false })
  @MayBeAbsent()
  @QueryBoolean()
  @IsBoolean()
  active?: boolean;

  @ApiProperty({ type: String, required: false, maxLength: 64 })
  @MayBeAbsent()
  @IsName(64)
  sku?: string;

  @ApiProperty({
    type: String,
    required: false,
    maxLength: 100,
    description: 'Part of name, sku or description, case-insensitive',
  })
  @MayBeAbsent()
  @IsString()
  @Length(1, 100)
  q?: string;
}

export class ProductAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, nullable: true }) sku!: string | null;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String, nullable: true }) description!: string | null;
  @ApiProperty({ type: 'integer', description: 'Minor units of the currency' }) price!: number;
  @ApiProperty({ type: String, example: 'USD' }) currency!: string;
  @ApiProperty({ type: 'integer', description: 'Units that can still be sold' }) stock!: number;
  @ApiProperty({ type: Boolean }) active!: boolean;
  @ApiProperty({ type: String, example: 'standard' }) taxClass!: string;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Grams of one unit' }) weightG!: number | null;
  @ApiProperty({ type: Boolean }) requiresShipping!: boolean;
  @ApiProperty({ type: 'object', additionalProperties: true }) metadata!: JsonObject;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class ProductPage {
  @ApiProperty({ type: [ProductAnswer] }) data!: ProductAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentProduct(p: Product): ProductAnswer {
  return {
    id: p.id,
    sku: p.sku,
    name: p.name,
    description: p.description,
    price: p.price,
    currency: p.currency,
    stock: p.stock,
    active: p.active,
    taxClass: p.taxClass,
    weightG: p.weightG,
    requiresShipping: p.requiresShipping,
    metadata: p.metadata,
    version: p.version,
    createdAt: p.createdAt.toISOString(),
    updatedAt: p.updatedAt.toISOString(),
  };
}

/** Stock moves with every order without a new version, so a strong tag must name both. */
export function productEtag(p: Pick<Product, 'version' | 'stock'>): string {
  return `"${p.version}-${p.stock}"`;
}
