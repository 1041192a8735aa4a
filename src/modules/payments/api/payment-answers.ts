import { ApiProperty } from '@nestjs/swagger';
import type { JsonObject } from '#kernel/json.js';
import type { Audience } from '#ports/caller.js';
import { nextDisputeStates, type Dispute, type DisputeFunds, type DisputeState } from '../domain/dispute.js';
import { errorForPayer, type CaptureMethod, type Payment, type PaymentState } from '../domain/payment.js';
import { captureMethods, states } from './payment.dto.js';

const disputeStates = Object.keys(nextDisputeStates) as DisputeState[];

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
  @ApiProperty({ type: String, description: 'The reason as the provider gives it', example: 'product_not_received' })
  reason!: string;
  @ApiProperty({ type: String, enum: disputeStates }) status!: DisputeState;
  @ApiProperty({
    type: String,
    enum: ['held', 'withdrawn', 'reinstated'],
    description: 'The state of the disputed funds',
  })
  funds!: DisputeFunds;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Deadline for submitting evidence' })
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
      'What the payer must do while the payment requires_action, as the provider describes it (Stripe: next_action)',
  })
  nextAction!: JsonObject | null;
  @ApiProperty({ type: [DisputeAnswer], description: 'Disputes opened by the payer’s bank, oldest first' })
  disputes!: DisputeAnswer[];
  @ApiProperty({ type: PaymentErrorAnswer, nullable: true }) lastError!: PaymentErrorAnswer | null;
  @ApiProperty({
    type: RiskAnswer,
    nullable: true,
    required: false,
    description: 'The provider’s fraud risk assessment; only in GET /payments/{id}, and only for the shop',
  })
  risk?: RiskAnswer | null;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class IntentAnswer extends PaymentAnswer {
  @ApiProperty({ type: String, description: 'The provider’s own id, same as providerReference' })
  paymentIntentId!: string;
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
