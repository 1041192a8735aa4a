import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { AppliedDiscount, ShippingLine, TaxLine } from '../domain/quote-types.js';
import { promotionClasses, type PromotionClass } from '../domain/tariff.js';

export class TaxLineAnswer implements TaxLine {
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String }) country!: string;
  @ApiProperty({ type: String, nullable: true }) region!: string | null;
  @ApiProperty({ type: String }) taxClass!: string;
  @ApiProperty({ type: 'integer', description: 'Parts per million: 190000 is 19 %' }) ratePpm!: number;
  @ApiProperty({ type: 'integer', description: 'What was taxed, without the tax' }) net!: number;
  @ApiProperty({ type: 'integer' }) amount!: number;
  @ApiPropertyOptional({ type: String, description: 'Why nothing was charged, such as no-rate' }) reason?: string;
}

export class AppliedDiscountAnswer implements AppliedDiscount {
  @ApiProperty({ type: String, format: 'uuid' }) promotionId!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String, nullable: true }) code!: string | null;
  @ApiProperty({ type: String, enum: promotionClasses }) class!: PromotionClass;
  @ApiProperty({ type: 'integer' }) amount!: number;
  @ApiProperty({ type: 'array', items: { type: 'integer' }, description: 'The part of each line' })
  lines!: readonly number[];
}

export class ShippingLineAnswer implements ShippingLine {
  @ApiProperty({ type: String }) code!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: 'integer', description: 'Before its discount' }) price!: number;
  @ApiProperty({ type: 'integer' }) discount!: number;
  @ApiProperty({ type: 'integer' }) tax!: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Null where it was taxed in parts, at the rates of the lines',
  })
  ratePpm!: number | null;
}
