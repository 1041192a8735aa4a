import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiParam, ApiProperty, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#ports/caller.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { Documented } from '#platform/http/documented.js';
import { IdOf } from '#platform/http/validation.js';
import { OrderExplanations, type OrderExplanation } from '../application/order-explanations.js';
import type { PricingDifference, PricingStep } from '../domain/explanation.js';

const steps = ['goods', 'discount', 'shipping', 'shipping-discount', 'tax', 'total'] as const;

class PricingStepAnswer implements PricingStep {
  @ApiProperty({ type: String, enum: steps }) step!: (typeof steps)[number];
  @ApiProperty({ type: String }) text!: string;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Position of the line; null for the whole order' })
  line!: number | null;
  @ApiProperty({ type: 'integer', description: 'Negative where it lowers the price; 0 for tax that is included' })
  amount!: number;
}

class PricingDifferenceAnswer implements PricingDifference {
  @ApiProperty({ type: String, example: 'items/0/tax' }) figure!: string;
  @ApiProperty({ type: 'integer' }) stored!: number;
  @ApiProperty({ type: 'integer' }) computed!: number;
}

class OrderPricingAnswer implements OrderExplanation {
  @ApiProperty({ type: String, format: 'uuid' }) orderId!: string;
  @ApiProperty({ type: String }) currency!: string;
  @ApiProperty({ type: 'integer' }) tariffVersion!: number;
  @ApiProperty({ type: [PricingStepAnswer], description: 'The amounts of all but the last add up to the last' })
  steps!: readonly PricingStepAnswer[];
  @ApiProperty({
    type: [PricingDifferenceAnswer],
    nullable: true,
    description:
      'What comes out differently when the order is priced again by its own tariff: nothing. Null once its address was erased.',
  })
  differences!: readonly PricingDifferenceAnswer[] | null;
}

@ApiTags('Orders')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('orders/:id/pricing')
export class OrderPricingController {
  constructor(private readonly explanations: OrderExplanations) {}

  @Get()
  @Requires('orders:read')
  @ApiParam({
    name: 'id',
    schema: { type: 'string', format: 'uuid', example: '01939d00-0000-7000-8000-000000000101' },
    description: 'Id of an order',
  })
  @Documented({
    summary: 'Explain the price of an order',
    description:
      'Each step from the catalog to the total, and the proof: the order is priced again by the tariff it names.',
    operationId: 'explainOrderPricing',
    status: 200,
    answer: OrderPricingAnswer,
    answerDescription: 'The explanation',
    problems: ['not-found'],
  })
  explain(@Param('id', new IdOf('order')) id: string, @CurrentCaller() caller: Caller): Promise<OrderPricingAnswer> {
    return this.explanations.of(id, caller.customerId);
  }
}
