import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsString,
  IsUUID,
  Length,
  Matches,
  ValidateIf,
} from 'class-validator';
import type { JsonObject } from '#kernel/json.js';
import type { Audience } from '#ports/caller.js';
import { MAX_AMOUNT } from '#kernel/money.js';
import { IsAmount, IsCurrency, MayBeAbsent } from '#platform/http/fields.js';
import { PageQuery } from '#platform/http/page-query.js';
import { nextDisputeStates, type Dispute, type DisputeFunds, type DisputeState } from '../domain/dispute.js';
import { errorForPayer, nextStates, type CaptureMethod, type Payment, type PaymentState } from '../domain/payment.js';

const disputeStates = Object.keys(nextDisputeStates) as DisputeState[];
const states = Object.keys(nextStates) as PaymentState[];
const captureMethods: readonly CaptureMethod[] = ['automatic', 'manual'];
const lowerCase = Transform(({ value }: { value: unknown }) =>
  typeof value === 'string' ? value.toLowerCase() : value,
);

export class CreateIntentDto {
  @ApiProperty({ type: String, format: 'uuid', example: '01939d00-0000-7000-8000-000000000104' })
  @lowerCase
  @IsUUID()
  orderId!: string;

  @ApiProperty({
    type: String,
    required: false,
    enum: captureMethods,
    default: 'automatic',
    description: 'manual only authorizes; completing the order captures',
  })
  @MayBeAbsent()
  @IsIn(captureMethods)
  captureMethod?: CaptureMethod;

  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 1,
    maximum: MAX_AMOUNT,
    description: 'Asserts the order’s total',
  })
  @MayBeAbsent()
  @IsAmount()
  amount?: number;

  @ApiProperty({ type: String, required: false, description: 'Asserts the order’s currency' })
  @MayBeAbsent()
  @IsCurrency()
  currency?: string;

  @ApiProperty({ type: [String], required: false, minItems: 1, maxItems: 10, default: ['card'] })
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10)
  @IsString({ each: true })
  @Matches(/^[a-z_]{2,40}$/, { each: true })
  paymentMethodTypes?: string[];
}

export class ConfirmIntentDto {
  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: 255,
    description: 'The provider’s payment method, e.g. pm_card_visa or pm_card_chargeDeclined',
    example: 'pm_card_visa',
  })
  @IsString()
  @Length(1, 255)
  @Matches(/^[A-Za-z0-9_]+$/, { message: 'paymentMethodId has letters, digits and underscores' })
  paymentMethodId!: string;
}

export class CapturePaymentDto {
  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 1,
    maximum: MAX_AMOUNT,
    description: 'In minor units; without it, everything that is authorized',
  })
  @MayBeAbsent()
  @IsAmount()
  amount?: number;
}

export class TakePaymentDto {
  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 1,
    maximum: MAX_AMOUNT,
    description:
      'In minor units. May be left out with an orderId: then it is the order’s total, and asserts it otherwise',
  })
  @ValidateIf(({ orderId, amount }: TakePaymentDto) => orderId === undefined || amount !== undefined)
  @IsAmount()
  amount?: number;

  @ApiProperty({ type: String, required: false, description: 'ISO 4217. May be left out with an orderId' })
  @ValidateIf(({ orderId, currency }: TakePaymentDto) => orderId === undefined || currency !== undefined)
  @IsCurrency()
  currency?: string;

  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: 255,
    description: 'The provider’s payment method, e.g. pm_card_visa',
  })
  @IsString()
  @Length(1, 255)
  @Matches(/^[A-Za-z0-9_]+$/, { message: 'paymentMethodId has letters, digits and underscores' })
  paymentMethodId!: string;

  @ApiProperty({ type: String, format: 'uuid', required: false })
  @MayBeAbsent()
  @lowerCase
  @IsUUID()
  orderId?: string;

  @ApiProperty({
    type: String,
    format: 'uri',
    required: false,
    maxLength: 2000,
    description: 'Where the outcome is posted to; https on the public internet',
  })
  @MayBeAbsent()
  @IsString()
  @Length(1, 2000)
  webhookUrl?: string;
}

export class PaymentQuery extends PageQuery {
  @ApiProperty({ type: String, required: false, format: 'uuid' })
  @MayBeAbsent()
  @lowerCase
  @IsUUID()
  orderId?: string;

  @ApiProperty({ type: String, required: false, enum: states })
  @MayBeAbsent()
  @IsIn(states)
  status?: PaymentState;
}

export class PaymentErrorAnswer {
  @ApiProperty({ type: String }) code!: string;
  @ApiProperty({ type: String }) message!: string;
  @ApiProperty({ type: String, nullable: true, required: false }) declineCode?: string | null;
}

export class RiskAnswer {
  @ApiProperty({ type: String, nullable: true, example: 'normal' }) level!: string | null;
  @ApiProperty({ type: 'integer', nullable: true }) score!: number | null;
  @ApiProperty({ type: String, nullable: true, example: 'authorized' }) outcome!: string | null;
  @ApiProperty({ type: String, nullable: true }) reason!: string | null;
}

export class DisputeAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: 'integer' }) amount!: number;
  @ApiProperty({ type: String, description: 'The provider’s word for it', example: 'product_not_received' })
  reason!: string;
  @ApiProperty({ type: String, enum: disputeStates }) status!: DisputeState;
  @ApiProperty({ type: String, enum: ['held', 'withdrawn', 'reinstated'], description: 'Where its money is' })
  funds!: DisputeFunds;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Until then evidence may be shown' })
  evidenceDueAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
}

export class PaymentAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) orderId!: string | null;
  @ApiProperty({ type: String }) provider!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The provider’s own id' }) providerReference!:
    string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The payment method it was last confirmed with' }) method!:
    string | null;
  @ApiProperty({ type: 'integer' }) amount!: number;
  @ApiProperty({ type: 'integer' }) amountCaptured!: number;
  @ApiProperty({ type: 'integer', description: 'Refunded or being refunded' }) amountRefunded!: number;
  @ApiProperty({ type: String }) currency!: string;
  @ApiProperty({ type: String, enum: captureMethods }) captureMethod!: CaptureMethod;
  @ApiProperty({ type: String, enum: states }) status!: PaymentState;
  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    description:
      'What the payer must do while the payment requires_action, as the provider says it (Stripe: next_action)',
  })
  nextAction!: JsonObject | null;
  @ApiProperty({ type: [DisputeAnswer], description: 'What the payer’s bank wants back, oldest first' })
  disputes!: DisputeAnswer[];
  @ApiProperty({ type: PaymentErrorAnswer, nullable: true }) lastError!: PaymentErrorAnswer | null;
  @ApiProperty({
    type: RiskAnswer,
    nullable: true,
    required: false,
    description: 'What the provider thinks of the risk of fraud; in GET /payments/{id}, for the shop only',
  })
  risk?: RiskAnswer | null;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class IntentAnswer extends PaymentAnswer {
  @ApiProperty({ type: String, description: 'The provider’s own id, as providerReference' }) paymentIntentId!: string;
  @ApiProperty({ type: String, nullable: true, description: 'For confirming in the browser' }) clientSecret!:
    string | null;
}

export class PaymentPage {
  @ApiProperty({ type: [PaymentAnswer] }) data!: PaymentAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

/** @param disputes of this payment; left out where it can have none yet */
export function presentPayment(p: Payment, audience: Audience, disputes: readonly Dispute[] = []): PaymentAnswer {
  return {
    id: p.id,
    orderId: p.orderId,
    provider: p.provider,
    providerReference: p.providerReference,
    method: p.method,
    amount: p.amount,
    amountCaptured: p.amountCaptured,
    amountRefunded: p.amountRefunded,
    currency: p.currency,
    captureMethod: p.captureMethod,
    status: p.status,
    nextAction: p.nextAction,
    disputes: disputes.map(({ id, amount, reason, status, funds, evidenceDueAt, createdAt }) => ({
      id,
      amount,
      reason,
      status,
      funds,
      evidenceDueAt: evidenceDueAt?.toISOString() ?? null,
      createdAt: createdAt.toISOString(),
    })),
    lastError: audience === 'shop' ? p.lastError : errorForPayer(p.lastError),
    version: p.version,
    createdAt: p.createdAt.toISOString(),
    updatedAt: p.updatedAt.toISOString(),
  };
}

export function presentIntent(p: Payment, audience: Audience): IntentAnswer {
  return { ...presentPayment(p, audience), paymentIntentId: p.providerReference!, clientSecret: p.clientSecret };
}

export function paymentEtag({ version }: Payment): string {
  return `"${version}"`;
}
