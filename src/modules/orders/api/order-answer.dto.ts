import { ApiProperty } from '@nestjs/swagger';
import type { JsonObject } from '#kernel/json.js';
import type { Answer } from '#ports/idempotency.js';
import { jsonAnswer } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { AppliedDiscountAnswer, ShippingLineAnswer, TaxLineAnswer } from '#modules/pricing/contract.js';
import type { OrderPaymentStatus, OrderStatus, PaymentMethod } from '../contract.js';
import { nextStates, paymentMethods, paymentStatuses, type Order } from '../domain/order.js';

const statuses = Object.keys(nextStates) as OrderStatus[];

export class OrderLineAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) productId!: string;
  @ApiProperty({ type: String, nullable: true }) sku!: string | null;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: 'integer' }) quantity!: number;
  @ApiProperty({ type: 'integer', description: 'Catalog price when the order was placed' }) unitPrice!: number;
  @ApiProperty({ type: 'integer', description: 'Before discounts' }) total!: number;
  @ApiProperty({ type: 'integer', description: 'Its part of the discounts' }) discount!: number;
  @ApiProperty({ type: 'integer', description: 'Its part of the tax' }) tax!: number;
  @ApiProperty({ type: 'integer', description: 'Parts per million: 190000 is 19 %' }) ratePpm!: number;
}

export class OrderAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) orderNumber!: string;
  @ApiProperty({ type: String, nullable: true }) customerId!: string | null;
  @ApiProperty({ type: String, nullable: true }) email!: string | null;
  @ApiProperty({ type: String, enum: statuses }) status!: OrderStatus;
  @ApiProperty({ type: String, enum: paymentStatuses }) paymentStatus!: OrderPaymentStatus;
  @ApiProperty({ type: String, enum: paymentMethods }) paymentMethod!: PaymentMethod;
  @ApiProperty({ type: String }) currency!: string;
  @ApiProperty({ type: 'integer', description: 'Goods before discounts' }) subtotal!: number;
  @ApiProperty({ type: 'integer', description: 'Of the goods' }) discount!: number;
  @ApiProperty({ type: 'integer', description: 'After its own discount' }) shipping!: number;
  @ApiProperty({ type: 'integer' }) tax!: number;
  @ApiProperty({ type: Boolean, description: 'Whether the prices hold the tax' }) taxIncluded!: boolean;
  @ApiProperty({ type: 'integer', description: 'subtotal - discount + shipping, and tax where it is not included' })
  total!: number;
  @ApiProperty({ type: 'integer', description: 'Captured for this order, including money being refunded' })
  amountPaid!: number;
  @ApiProperty({ type: 'integer', description: 'Refunded or being refunded' }) amountRefunded!: number;
  @ApiProperty({ type: [OrderLineAnswer] }) items!: OrderLineAnswer[];
  @ApiProperty({ type: [TaxLineAnswer] }) taxLines!: readonly TaxLineAnswer[];
  @ApiProperty({ type: [AppliedDiscountAnswer] }) discounts!: readonly AppliedDiscountAnswer[];
  @ApiProperty({ type: ShippingLineAnswer, nullable: true }) shippingLine!: ShippingLineAnswer | null;
  @ApiProperty({ type: 'integer', description: 'Number of the tariff it was priced by' }) tariffVersion!: number;
  @ApiProperty({ type: 'object', nullable: true, additionalProperties: true }) shippingAddress!: JsonObject | null;
  @ApiProperty({ type: 'object', nullable: true, additionalProperties: true }) billingAddress!: JsonObject | null;
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
    email: o.email,
    status: o.status,
    paymentStatus: o.paymentStatus,
    paymentMethod: o.paymentMethod,
    currency: o.currency,
    subtotal: o.subtotal,
    discount: o.discount,
    shipping: o.shipping,
    tax: o.tax,
    taxIncluded: o.taxIncluded,
    total: o.total,
    amountPaid: o.amountPaid,
    amountRefunded: o.amountRefunded,
    items: o.items.map(({ productId, sku, name, quantity, unitPrice, total, discount, tax, ratePpm }) => ({
      productId,
      sku,
      name,
      quantity,
      unitPrice,
      total,
      discount,
      tax,
      ratePpm,
    })),
    taxLines: o.pricing?.taxLines ?? [],
    discounts: o.pricing?.discounts ?? [],
    shippingLine: o.pricing?.shippingLine ?? null,
    tariffVersion: o.tariffVersion,
    shippingAddress: o.shippingAddress,
    billingAddress: o.billingAddress,
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
export function orderEtag({ version }: Pick<Order, 'version'>): string {
  return `"${version}"`;
}

export function placedAnswer(order: Order): Answer {
  const headers = { location: `/${API_PREFIX}/orders/${order.id}`, etag: orderEtag(order) };
  return jsonAnswer(201, presentOrder(order), headers);
}

export function currentAnswer(order: Order): Answer {
  return jsonAnswer(200, presentOrder(order), { etag: orderEtag(order) });
}
