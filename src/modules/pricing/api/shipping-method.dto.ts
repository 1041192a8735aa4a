import { ApiProperty, ApiPropertyOptional, getSchemaPath, ApiExtraModels } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsString,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsAmount, IsCurrency, IsName, MaxLength, MayBeAbsent, sent } from '#platform/http/fields.js';
import type { Draft, ShippingMethodRow } from '../domain/rows.js';
import type { ShippingArea, ShippingPrice } from '../domain/tariff.js';
import { IsCountry, TaxClass } from './pricing-fields.js';

const MAX_WEIGHT_G = 1_000_000_000;

class ShippingPriceDto implements ShippingPrice {
  @ApiProperty({ type: String, example: 'EUR' })
  @IsCurrency()
  currency!: string;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Minor units', example: 490 })
  @IsAmount(0)
  price!: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, description: 'Grams' })
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(MAX_WEIGHT_G)
  minWeightG?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, description: 'Grams' })
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(MAX_WEIGHT_G)
  maxWeightG?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, description: 'Goods after discounts, minor units' })
  @MayBeAbsent()
  @IsAmount(0)
  minGoods?: number;
}

class ShippingAreaDto implements ShippingArea {
  @ApiProperty({ type: String, example: 'DE' })
  @IsCountry()
  country!: string;

  @ApiPropertyOptional({ type: [String], maxItems: 100, description: 'As `state` of the address' })
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  regions?: string[];

  @ApiPropertyOptional({ type: [String], maxItems: 1000 })
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @Matches(/^[0-9A-Za-z -]{1,10}$/, { each: true })
  zipPrefixes?: string[];
}

@ApiExtraModels(ShippingAreaDto)
/** What may be left out whether one is made or changed. */
class ShippingMethodMembers {
  @ApiProperty({ type: String, required: false, maxLength: 40 })
  @MayBeAbsent()
  @TaxClass()
  taxClass?: string;

  @ApiProperty({
    type: 'array',
    required: false,
    maxItems: 300,
    items: { $ref: getSchemaPath(ShippingAreaDto) },
    description: 'Where it is offered; `*` is everywhere, which it is unless said',
  })
  @MayBeAbsent()
  @Transform(({ obj, value }: { obj: { areas?: unknown }; value: unknown }) => (obj.areas === '*' ? [] : value))
  @IsArray()
  @ArrayMaxSize(300)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ShippingAreaDto)
  areas?: ShippingAreaDto[];

  @ApiProperty({ type: Boolean, required: false })
  @MayBeAbsent()
  @IsBoolean()
  active?: boolean;
}

export class ChangeShippingMethodDto extends ShippingMethodMembers {
  @ApiProperty({ type: String, required: false, minLength: 1, maxLength: 100 })
  @MayBeAbsent()
  @IsName(100)
  name?: string;

  @ApiProperty({
    type: [ShippingPriceDto],
    required: false,
    maxItems: 50,
    description: 'Of those that fit, the one with the most `minGoods`',
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ShippingPriceDto)
  prices?: ShippingPriceDto[];
}

export class CreateShippingMethodDto extends ShippingMethodMembers {
  @ApiProperty({ type: String, maxLength: 40, description: 'Unique; what orders name', example: 'standard' })
  @Matches(/^[a-z0-9][a-z0-9-]{0,39}$/)
  @MaxLength(40)
  code!: string;

  @ApiProperty({ type: String, minLength: 1, maxLength: 100, example: 'Standard' })
  @IsName(100)
  name!: string;

  @ApiProperty({ type: [ShippingPriceDto], maxItems: 50 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ShippingPriceDto)
  prices!: ShippingPriceDto[];
}

export class ShippingMethodAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) code!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String }) taxClass!: string;
  @ApiProperty({ type: [ShippingPriceDto] }) prices!: readonly ShippingPrice[];
  @ApiProperty({ type: [ShippingAreaDto] }) areas!: readonly ShippingArea[] | '*';
  @ApiProperty({ type: Boolean }) active!: boolean;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class ShippingMethodPage {
  @ApiProperty({ type: [ShippingMethodAnswer] }) data!: ShippingMethodAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentShippingMethod(method: ShippingMethodRow): ShippingMethodAnswer {
  return {
    id: method.id,
    code: method.code,
    name: method.name,
    taxClass: method.taxClass,
    prices: method.prices,
    areas: method.areas,
    active: method.active,
    version: method.version,
    createdAt: method.createdAt.toISOString(),
    updatedAt: method.updatedAt.toISOString(),
  };
}

const areasOf = (areas: readonly ShippingArea[]) => (areas.length === 0 ? ('*' as const) : areas);

/** What is left out is the usual. */
export function draftOfShippingMethod(body: CreateShippingMethodDto): Draft<'shipping-method'> {
  const { code, name, taxClass = 'standard', prices, areas = [], active = true } = body;
  return { code, name, taxClass, prices, areas: areasOf(areas), active };
}

export function changeOfShippingMethod(body: ChangeShippingMethodDto): Partial<Draft<'shipping-method'>> {
  const { areas, ...rest } = sent(body);
  return { ...rest, ...(areas !== undefined && { areas: areasOf(areas) }) };
}
