import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import type { Audience } from '#ports/caller.js';
import { MAX_AMOUNT } from '#kernel/money.js';
import { IsAmount, IsName, MayBeAbsent } from '#platform/http/fields.js';
import { nextRefundStates, type Refund, type RefundState } from '../domain/refund.js';
import { PaymentErrorAnswer } from './payment-answers.js';

const states = Object.keys(nextRefundStates) as RefundState[];

export class RefundPaymentDto {
  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 1,
    maximum: MAX_AMOUNT,
    description: 'In minor units; defaults to the remaining amount',
  })
  @MayBeAbsent()
  @IsAmount()
  amount?: number;

  @ApiProperty({ type: String, required: false, minLength: 1, maxLength: 500 })
  @MayBeAbsent()
  @IsName(500)
  reason?: string;
}

export class SettleRefundDto {
  @ApiProperty({ type: Boolean, description: 'Whether the money went back' })
  @IsBoolean()
  succeeded!: boolean;

  @ApiProperty({
    type: String,
    required: false,
    minLength: 1,
    maxLength: 255,
    description: 'The processor’s id of the refund',
  })
  @MayBeAbsent()
  @IsName(255)
  reference?: string;
}

export class RefundAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, format: 'uuid' }) paymentId!: string;
  @ApiProperty({ type: 'integer' }) amount!: number;
  @ApiProperty({ type: String }) currency!: string;
  @ApiProperty({ type: String, nullable: true }) reason!: string | null;
  @ApiProperty({ type: String, enum: states }) status!: RefundState;
  @ApiProperty({ type: String, nullable: true, description: 'The provider’s own id (re_...)' }) providerReference!:
    string | null;
  @ApiProperty({ type: PaymentErrorAnswer, nullable: true }) lastError!: PaymentErrorAnswer | null;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class RefundPage {
  @ApiProperty({ type: [RefundAnswer] }) data!: RefundAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentRefund(r: Refund, audience: Audience): RefundAnswer {
  return {
    id: r.id,
    paymentId: r.paymentId,
    amount: r.amount,
    currency: r.currency,
    reason: r.reason,
    status: r.status,
    providerReference: r.providerReference,
    lastError: audience === 'shop' ? r.lastError : null,
    createdAt: r.createdAt.toISOString(),
    updatedAt: r.updatedAt.toISOString(),
  };
}
