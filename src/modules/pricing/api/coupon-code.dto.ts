import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Matches } from 'class-validator';
import type { CouponCode } from '../application/coupon-codes.js';
import { couponCode } from '../domain/coupon-code.js';

export class CreateCouponCodeDto {
  @ApiProperty({
    type: String,
    minLength: 3,
    maxLength: 40,
    description: 'Letters, digits, hyphens and underscores',
    example: 'SPRING',
  })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? (couponCode(value) ?? value) : value))
  @Matches(/^[A-Z0-9][A-Z0-9_-]{2,39}$/, {
    message: 'code must be 3 to 40 letters, digits, hyphens or underscores, beginning with a letter or digit',
  })
  code!: string;
}

export class CouponCodeAnswer {
  @ApiProperty({ type: String }) code!: string;
  @ApiProperty({ type: String, format: 'uuid' }) promotionId!: string;
  @ApiProperty({ type: Boolean }) active!: boolean;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
}

export class CouponCodePage {
  @ApiProperty({ type: [CouponCodeAnswer] }) data!: CouponCodeAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentCouponCode({ code, promotionId, active, createdAt }: CouponCode): CouponCodeAnswer {
  return { code, promotionId, active, createdAt: createdAt.toISOString() };
}
