import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  IsUUID,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import type { JsonObject } from '#kernel/json.js';
import {
  IsAmount,
  IsFreeObject,
  IsName,
  IsTimestamp,
  MaxLength,
  MayBeAbsent,
  MayBeNull,
} from '#platform/http/fields.js';
import type { Answer } from '#ports/idempotency.js';
import { jsonAnswer } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { PageQuery } from '#platform/http/page-query.js';
import type { OrderPaymentStatus, OrderStatus, PaymentMethod } from '../contract.js';
import { nextStates, paymentMethods, paymentStatuses, type Order } from '../domain/order.js';
import { MAX_LINE_QUANTITY } from '../domain/placement.js';

const statuses = Object.keys(nextStates) as OrderStatus[];

export class OrderLineDto {
  @ApiProperty({ type: String, format: 'uuid', example: '01939d00-0000-7000-8000-000000000001' })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  @IsUUID()
  productId!: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_LINE_QUANTITY, example: 2 })
  @IsInt()
  @Min(1)
  @Max(MAX_LINE_QUANTITY)
  quantity!: number;

  @ApiProperty({
    type: 'integer',
    required: false,
    description: 'The price the buyer was shown, in minor units: another one in the catalogue is 409 price-changed',
  })
  @MayBeAbsent()
  @IsAmount()
  unitPrice?: number;
}

export class PlaceOrderDto {
  @ApiProperty({ type: [OrderLineDto], minItems: 1, maxItems: 100 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => OrderLineDto)
  items!: OrderLineDto[];

  @ApiProperty({
    type: String,
    required: false,
    minLength: 1,
    maxLength: 64,
    description: 'Your id of the customer',
    example: 'customer-42',
  })
  @MayBeAbsent()
  @IsName(64)
  customerId?: string;

  @ApiProperty({
    type: String,
    required: false,
    minLength: 1,
    maxLength: 64,
    description: 'Unique; made by the server when left out',
  })
  @MayBeAbsent()
  @IsName(64)
  orderNumber?: string;

  @ApiProperty({ type: String, required: false, enum: paymentMethods, default: 'card' })
  @MayBeAbsent()
  @IsIn(paymentMethods)
  paymentMethod?: PaymentMethod;

  @ApiPropertyOptional({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    example: { name: 'Ada Example', street: '1 Analytical Way', city: 'London', country: 'GB' },
  })
  @MayBeNull()
  @IsFreeObject()
  shippingAddress?: JsonObject | null;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Anything of yours, at most 16 KiB' })
  @MayBeAbsent()
  @IsFreeObject()
  metadata?: JsonObject;
}

export class CancelOrderDto {
  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 500, example: 'changed my mind' })
  @MayBeNull()
  @IsString()
  @MaxLength(500)
  reason?: string | null;
}

export class OrderQuery extends PageQuery {
  @ApiProperty({ type: String, required: false, enum: statuses })
  @MayBeAbsent()
  @IsIn(statuses)
  status?: OrderStatus;

  @ApiProperty({ type: String, required: false, enum: paymentStatuses })
  @MayBeAbsent()
  @IsIn(paymentStatuses)
  paymentStatus?: OrderPaymentStatus;

  @ApiProperty({ type: String, required: false, maxLength: 64 })
  @MayBeAbsent()
  @IsName(64)
  customerId?: string;

  @ApiProperty({ type: String, required: false, maxLength: 64 })
  @MayBeAbsent()
  @IsName(64)
  orderNumber?: string;

  @ApiProperty({ type: String, required: false, format: 'date-time', description: 'Created at or after' })
  @MayBeAbsent()
  @IsTimestamp()
  createdFrom?: string;

  @ApiProperty({ type: String, required: false, format: 'date-time', description: 'Created before' })
  @MayBeAbsent()
  @IsTimestamp()
  createdTo?: string;
}

export class OrderLineAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) productId!: string;
  @ApiProperty({ type: String, nullable: true }) sku!: string | null;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: 'integer' }) quantity!: number;
  @ApiProperty({ type: 'integer', description: 'Catalogue price when the order was placed' }) unitPrice!: number;
  @ApiProperty({ type: 'integer' }) total!: number;
}

export class OrderAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) orderNumber!: string;
  @ApiProperty({ type: String, nullable: true }) customerId!: string | null;
  @ApiProperty({ type: String, enum: statuses }) status!: OrderStatus;
  @ApiProperty({ type: String, enum: paymentStatuses }) paymentStatus!: OrderPaymentStatus;
  @ApiProperty({ type: String, enum: paymentMethods }) paymentMethod!: PaymentMethod;
  @ApiProperty({ type: String }) currency!: string;
  @ApiProperty({ type: 'integer' }) subtotal!: number;
  @ApiProperty({ type: 'integer' }) tax!: number;
  @ApiProperty({ type: 'integer' }) shipping!: number;
  @ApiProperty({ type: 'integer' }) total!: number;
  @ApiProperty({ type: 'integer', description: 'Captured for this order, money on its way back included' })
  amountPaid!: number;
  @ApiProperty({ type: 'integer', description: 'Refunded or being refunded' }) amountRefunded!: number;
  @ApiProperty({ type: [OrderLineAnswer] }) items!: OrderLineAnswer[];
  @ApiProperty({ type: 'object', nullable: true, additionalProperties: true }) shippingAddress!: JsonObject | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) metadata!: JsonObject;
  @ApiProperty({ type: String, nullable: true }) cancelReason!: string | null;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) completedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) canceledAt!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the order expires unless it is paid',
  })
  expiresAt!: string | null;
}

export class OrderPage {
  @ApiProperty({ type: [OrderAnswer] }) data!: OrderAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentOrder(o: Order): OrderAnswer {
  return {
    id: o.id,
    orderNumber: o.orderNumber,
    customerId: o.customerId,
    status: o.status,
    paymentStatus: o.paymentStatus,
    paymentMethod: o.paymentMethod,
    currency: o.currency,
    subtotal: o.subtotal,
    tax: o.tax,
    shipping: o.shipping,
    total: o.total,
    amountPaid: o.amountPaid,
    amountRefunded: o.amountRefunded,
    items: o.items.map(({ productId, sku, name, quantity, unitPrice, total }) => ({
      productId,
      sku,
      name,
      quantity,
      unitPrice,
      total,
    })),
    shippingAddress: o.shippingAddress,
    metadata: o.metadata,
    cancelReason: o.cancelReason,
    version: o.version,
    createdAt: o.createdAt.toISOString(),
    updatedAt: o.updatedAt.toISOString(),
    completedAt: o.completedAt?.toISOString() ?? null,
    canceledAt: o.canceledAt?.toISOString() ?? null,
    expiresAt: o.expiresAt?.toISOString() ?? null,
  };
}

/** Everything in an order's representation changes with its version only. */
export function orderEtag({ version }: Order): string {
  return `"${version}"`;
}

export function placedAnswer(order: Order): Answer {
  const headers = { location: `/${API_PREFIX}/orders/${order.id}`, etag: orderEtag(order) };
  return jsonAnswer(201, presentOrder(order), headers);
}

export function currentAnswer(order: Order): Answer {
  return jsonAnswer(200, presentOrder(order), { etag: orderEtag(order) });
}
