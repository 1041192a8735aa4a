import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsNotEmpty, IsString, Max, Min, NotEquals } from 'class-validator';
import { MaxLength } from '#platform/http/fields.js';
import { MAX_STOCK, type StockAdjustment } from '#modules/inventory/contract.js';

export class AdjustStockDto {
  @ApiProperty({
    type: 'integer',
    minimum: -MAX_STOCK,
    maximum: MAX_STOCK,
    description: 'Units to add, or to remove when negative; not 0',
    example: 10,
  })
  @IsInt()
  @Min(-MAX_STOCK)
  @Max(MAX_STOCK)
  @NotEquals(0)
  delta!: number;

  @ApiProperty({ type: String, minLength: 1, maxLength: 500, example: 'delivery' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(500)
  reason!: string;
}

export class StockAdjustmentAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, format: 'uuid' }) productId!: string;
  @ApiProperty({ type: 'integer' }) delta!: number;
  @ApiProperty({ type: String }) reason!: string;
  @ApiProperty({ type: 'integer', description: 'Stock after the adjustment' }) stock!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
}

export class StockAdjustmentPage {
  @ApiProperty({ type: [StockAdjustmentAnswer] }) data!: StockAdjustmentAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentAdjustment(a: StockAdjustment): StockAdjustmentAnswer {
  return {
    id: a.id,
    productId: a.productId,
    delta: a.delta,
    reason: a.reason,
    stock: a.stock,
    createdAt: a.createdAt.toISOString(),
  };
}
