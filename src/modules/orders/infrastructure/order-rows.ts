import type { JsonObject } from '#kernel/json.js';
import type { OrderPaymentStatus, OrderStatus, PaymentMethod } from '../contract.js';
import type { Order, OrderLine, OrderPricing } from '../domain/order.js';

export interface OrderRow {
  id: string;
  order_number: string;
  customer_id: string | null;
  status: OrderStatus;
  payment_status: OrderPaymentStatus;
  payment_method: PaymentMethod;
  currency: string;
  subtotal: number;
  discount: number;
  tax: number;
  tax_included: boolean;
  shipping: number;
  total: number;
  amount_paid: number;
  amount_refunded: number;
  tariff_version: number;
  pricing: OrderPricing | null;
  email: string | null;
  shipping_address: JsonObject | null;
  billing_address: JsonObject | null;
  metadata: JsonObject;
  cancel_reason: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
  completed_at: Date | null;
  canceled_at: Date | null;
  expires_at: Date | null;
  items: OrderLine[];
}

export function order(row: OrderRow): Order {
  return {
    id: row.id,
    orderNumber: row.order_number,
    customerId: row.customer_id,
    status: row.status,
    paymentStatus: row.payment_status,
    paymentMethod: row.payment_method,
    currency: row.currency,
    subtotal: row.subtotal,
    discount: row.discount,
    tax: row.tax,
    taxIncluded: row.tax_included,
    shipping: row.shipping,
    total: row.total,
    amountPaid: row.amount_paid,
    amountRefunded: row.amount_refunded,
    items: row.items,
    tariffVersion: row.tariff_version,
    pricing: row.pricing,
    email: row.email,
    shippingAddress: row.shipping_address,
    billingAddress: row.billing_address,
    metadata: row.metadata,
    cancelReason: row.cancel_reason,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    completedAt: row.completed_at,
    canceledAt: row.canceled_at,
    expiresAt: row.expires_at,
  };
}
