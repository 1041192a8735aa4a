import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, IsUrl, Matches } from 'class-validator';
import type { JsonObject } from '#kernel/json.js';
import type { Audience } from '#ports/caller.js';
import { IsName, Length, MaxLength, MayBeAbsent } from '#platform/http/fields.js';
import { PageQuery } from '#platform/http/page-query.js';
import { nextMethodStates, type PaymentMethod, type PaymentMethodState } from '../domain/payment-method.js';
import { errorForPayer } from '../domain/payment.js';
import { PaymentErrorAnswer } from './payment-answers.js';

const states = Object.keys(nextMethodStates) as PaymentMethodState[];

export class SavePaymentMethodDto {
  @ApiProperty({
    type: String,
    required: false,
    minLength: 1,
    maxLength: 64,
    description: 'Its owner; for customers, defaults to the caller',
  })
  @MayBeAbsent()
  @IsName(64)
  customerId?: string;

  @ApiProperty({
    type: String,
    required: false,
    minLength: 1,
    maxLength: 255,
    description:
      'A token from the provider, such as Stripe.js creates. If omitted, the payer enters a card in the browser with the clientSecret of the response',
    example: 'pm_card_visa',
  })
  @MayBeAbsent()
  @IsString()
  @Length(1, 255)
  @Matches(/^[A-Za-z0-9_]+$/, { message: 'paymentMethodId may contain only letters, digits and underscores' })
  paymentMethodId?: string;

  @ApiProperty({
    type: String,
    format: 'uri',
    required: false,
    maxLength: 2000,
    description: 'The URL to which the payer returns from their bank’s page',
  })
  @MayBeAbsent()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  @MaxLength(2000)
  returnUrl?: string;
}

export class PaymentMethodQuery extends PageQuery {
  @ApiProperty({ type: String, required: false, maxLength: 64, description: 'For customers, defaults to the caller' })
  @MayBeAbsent()
  @IsName(64)
  customerId?: string;

  @ApiProperty({ type: String, required: false, enum: states, default: 'active' })
  @MayBeAbsent()
  @IsIn(states)
  status?: PaymentMethodState;
}

export class PaymentMethodAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) customerId!: string;
  @ApiProperty({ type: String }) provider!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The provider’s own id (pm_...)' }) providerReference!:
    string | null;
  @ApiProperty({
    type: String,
    enum: states,
    description:
      'pending: the payer has not entered a card yet. active: it can be used. failed: it was declined and can be retried with the same setup',
  })
  status!: PaymentMethodState;
  @ApiProperty({ type: String, nullable: true, example: 'visa' }) brand!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '4242' }) last4!: string | null;
  @ApiProperty({ type: 'integer', nullable: true }) expMonth!: number | null;
  @ApiProperty({ type: 'integer', nullable: true }) expYear!: number | null;
  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    description: 'What the payer must do while it requires_action, as the provider describes it (Stripe: next_action)',
  })
  nextAction!: JsonObject | null;
  @ApiProperty({ type: PaymentErrorAnswer, nullable: true }) lastError!: PaymentErrorAnswer | null;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class SavedPaymentMethodAnswer extends PaymentMethodAnswer {
  @ApiProperty({ type: String, nullable: true, description: 'The provider’s id of the setup (seti_...)' })
  setupIntentId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'For entering a card in the browser' }) clientSecret!:
    string | null;
}

export class PaymentMethodPage {
  @ApiProperty({ type: [PaymentMethodAnswer] }) data!: PaymentMethodAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentPaymentMethod(m: PaymentMethod, audience: Audience): PaymentMethodAnswer {
  return {
    id: m.id,
    customerId: m.customerId,
    provider: m.provider,
    providerReference: m.providerReference,
    status: m.status,
    brand: m.brand,
    last4: m.last4,
    expMonth: m.expMonth,
    expYear: m.expYear,
    nextAction: m.nextAction,
    lastError: audience === 'shop' ? m.lastError : errorForPayer(m.lastError),
    version: m.version,
    createdAt: m.createdAt.toISOString(),
    updatedAt: m.updatedAt.toISOString(),
  };
}
