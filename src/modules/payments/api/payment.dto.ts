import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsString,
  IsUrl,
  IsUUID,
  Matches,
  ValidateIf,
} from 'class-validator';
import { MAX_AMOUNT } from '#kernel/money.js';
import { IsAmount, IsCurrency, Length, MaxLength, MayBeAbsent } from '#platform/http/fields.js';
import { PageQuery } from '#platform/http/page-query.js';
import { nextStates, type CaptureMethod, type PaymentState } from '../domain/payment.js';

export const states = Object.keys(nextStates) as PaymentState[];
export const captureMethods: readonly CaptureMethod[] = ['automatic', 'manual'];
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

class NamedMethodDto {
  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: 255,
    description:
      'A saved payment method, by our id or the provider’s, or a token from the provider, e.g. pm_card_visa or pm_card_chargeDeclined',
    example: 'pm_card_visa',
  })
  @IsString()
  @Length(1, 255)
  @Matches(/^[A-Za-z0-9_-]+$/, { message: 'paymentMethodId may contain only letters, digits, underscores and hyphens' })
  paymentMethodId!: string;

  @ApiProperty({
    type: Boolean,
    required: false,
    default: false,
    description:
      'The payer is not present: the shop charges a saved payment method. If the bank requires authentication, the payment becomes `requires_action`; confirm it again without this when the payer is present. For API keys and staff',
  })
  @MayBeAbsent()
  @IsBoolean()
  offSession?: boolean;
}

export class ConfirmIntentDto extends NamedMethodDto {
  @ApiProperty({
    type: String,
    format: 'uri',
    required: false,
    maxLength: 2000,
    description:
      'The URL to which the payer returns from their bank’s page. If omitted, the storefront shows the challenge (Stripe.js)',
  })
  @MayBeAbsent()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  @MaxLength(2000)
  returnUrl?: string;
}

export class CapturePaymentDto {
  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 1,
    maximum: MAX_AMOUNT,
    description: 'In minor units; if omitted, the full authorized amount',
  })
  @MayBeAbsent()
  @IsAmount()
  amount?: number;
}

export class TakePaymentDto extends NamedMethodDto {
  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 1,
    maximum: MAX_AMOUNT,
    description: 'In minor units. Optional with an orderId: defaults to the order’s total, and must equal it if sent',
  })
  @ValidateIf(({ orderId, amount }: TakePaymentDto) => orderId === undefined || amount !== undefined)
  @IsAmount()
  amount?: number;

  @ApiProperty({ type: String, required: false, description: 'ISO 4217. Optional with an orderId' })
  @ValidateIf(({ orderId, currency }: TakePaymentDto) => orderId === undefined || currency !== undefined)
  @IsCurrency()
  currency?: string;

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
