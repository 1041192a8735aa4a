import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsUUID,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsName, IsTimestamp, MayBeAbsent, MayBeNull } from '#platform/http/fields.js';
import type { PromotionRow } from '../domain/rows.js';
import {
  promotionClasses,
  promotionKinds,
  promotionTargets,
  type PromotionClass,
  type PromotionConditions,
  type PromotionKind,
  type PromotionTarget,
} from '../domain/tariff.js';
import { IsAmounts, IsPpm } from './pricing-fields.js';

const amounts = { type: 'object', additionalProperties: { type: 'integer' }, example: { EUR: 500 } } as const;
const MAX_IDS = 1_000;

class PromotionConditionsDto implements PromotionConditions {
  @ApiPropertyOptional({ ...amounts, description: 'Goods before discounts, by currency' })
  @MayBeAbsent()
  @IsAmounts()
  minGoods?: Record<string, number>;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: 'Units that take part' })
  @MayBeAbsent()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  minQuantity?: number;
}

/** What may be left out whether one is made or changed. */
class PromotionMembers {
  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: 1_000_000,
    description: 'Of a percentage: 150000 is 15 %',
  })
  @MayBeNull()
  @IsPpm(1)
  valuePpm?: number | null;

  @ApiPropertyOptional({ ...amounts, description: 'Of fixed and fixed-price, minor units by currency' })
  @MayBeAbsent()
  @IsAmounts()
  amounts?: Record<string, number>;

  @ApiPropertyOptional({ type: 'integer', nullable: true, minimum: 1, description: 'Of buy-x-get-y' })
  @MayBeNull()
  @IsInt()
  @Min(1)
  @Max(10_000)
  buyX?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    description: 'Of buy-x-get-y: so many are free, the cheapest',
  })
  @MayBeNull()
  @IsInt()
  @Min(1)
  @Max(10_000)
  getY?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    description: 'How often buy-x-get-y counts in one order',
  })
  @MayBeNull()
  @IsInt()
  @Min(1)
  @Max(10_000)
  maxTimes?: number | null;

  @ApiPropertyOptional({ type: [String], maxItems: MAX_IDS })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MAX_IDS)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  productIds?: string[];

  @ApiPropertyOptional({ type: [String], maxItems: MAX_IDS })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MAX_IDS)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  categoryIds?: string[];

  @ApiPropertyOptional({ type: PromotionConditionsDto })
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => PromotionConditionsDto)
  conditions?: PromotionConditionsDto;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Now unless said' })
  @MayBeAbsent()
  @IsTimestamp()
  startsAt?: string;

  @ApiPropertyOptional({ type: String, nullable: true, format: 'date-time' })
  @MayBeNull()
  @IsTimestamp()
  endsAt?: string | null;

  @ApiPropertyOptional({ type: 'integer', minimum: -1000, maximum: 1000, description: 'Higher first; 0 unless said' })
  @MayBeAbsent()
  @IsInt()
  @Min(-1000)
  @Max(1000)
  priority?: number;

  @ApiPropertyOptional({
    type: [String],
    enum: promotionClasses,
    description: 'Promotions of one class stand together only when all of them name that class here',
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayUnique()
  @IsIn(promotionClasses, { each: true })
  combines?: PromotionClass[];

  @ApiPropertyOptional({ type: Boolean, description: 'Applies only to orders that name one of its coupon codes' })
  @MayBeAbsent()
  @IsBoolean()
  needsCode?: boolean;

  @ApiPropertyOptional({ type: Boolean })
  @MayBeAbsent()
  @IsBoolean()
  active?: boolean;
}

export class ChangePromotionDto extends PromotionMembers {
  @ApiPropertyOptional({ type: String, minLength: 1, maxLength: 100 })
  @MayBeAbsent()
  @IsName(100)
  name?: string;
}

export class CreatePromotionDto extends PromotionMembers {
  @ApiProperty({ type: String, minLength: 1, maxLength: 100, example: 'Summer sale' })
  @IsName(100)
  name!: string;

  @ApiProperty({ type: String, enum: promotionKinds })
  @IsIn(promotionKinds)
  kind!: PromotionKind;

  @ApiProperty({
    type: String,
    required: false,
    enum: promotionTargets,
    description: '`order` unless said; of free-shipping `shipping`',
  })
  @MayBeAbsent()
  @IsIn(promotionTargets)
  target?: PromotionTarget;
}

export class PromotionAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String, enum: promotionKinds }) kind!: PromotionKind;
  @ApiProperty({ type: 'integer', nullable: true }) valuePpm!: number | null;
  @ApiProperty(amounts) amounts!: Readonly<Record<string, number>>;
  @ApiProperty({ type: 'integer', nullable: true }) buyX!: number | null;
  @ApiProperty({ type: 'integer', nullable: true }) getY!: number | null;
  @ApiProperty({ type: 'integer', nullable: true }) maxTimes!: number | null;
  @ApiProperty({ type: String, enum: promotionTargets }) target!: PromotionTarget;
  @ApiProperty({ type: [String] }) productIds!: readonly string[];
  @ApiProperty({ type: [String] }) categoryIds!: readonly string[];
  @ApiProperty({ type: PromotionConditionsDto }) conditions!: PromotionConditions;
  @ApiProperty({ type: String, format: 'date-time' }) startsAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) endsAt!: string | null;
  @ApiProperty({ type: 'integer' }) priority!: number;
  @ApiProperty({ type: [String], enum: promotionClasses }) combines!: readonly PromotionClass[];
  @ApiProperty({ type: Boolean }) needsCode!: boolean;
  @ApiProperty({ type: Boolean }) active!: boolean;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class PromotionPage {
  @ApiProperty({ type: [PromotionAnswer] }) data!: PromotionAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentPromotion({
  startsAt,
  endsAt,
  createdAt,
  updatedAt,
  ...promotion
}: PromotionRow): PromotionAnswer {
  return {
    ...promotion,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
