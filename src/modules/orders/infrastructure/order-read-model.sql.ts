import { Injectable } from '@nestjs/common';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { json, jsonText, list, listOf, plain, text, time, word } from '#platform/database/json-text.js';
import { statementPerLimit } from '#platform/database/statement.js';
import { OrderReadModel, type OrderFilter, type ShownOrder } from '../application/order-read-model.js';

const line = jsonText({
  productId: word('l.product_id'),
  sku: text('l.sku'),
  name: text('l.name'),
  quantity: plain('l.quantity'),
  unitPrice: plain('l.unit_price'),
  total: plain('l.total'),
  discount: plain('l.discount'),
  tax: plain('l.tax'),
  ratePpm: plain('l.rate_ppm'),
});

// The members of presentOrder, in its order: a test compares the two.
const representation = jsonText({
  id: word('o.id'),
  orderNumber: text('o.order_number'),
  customerId: text('o.customer_id'),
  email: text('o.email'),
  status: word('o.status'),
  paymentStatus: word('o.payment_status'),
  paymentMethod: word('o.payment_method'),
  currency: word('o.currency'),
  subtotal: plain('o.subtotal'),
  discount: plain('o.discount'),
  shipping: plain('o.shipping'),
  tax: plain('o.tax'),
  taxIncluded: plain('o.tax_included'),
  total: plain('o.total'),
  amountPaid: plain('o.amount_paid'),
  amountRefunded: plain('o.amount_refunded'),
  items: listOf(line, 'order_lines l WHERE l.order_id = o.id', 'l.position'),
  taxLines: list("o.pricing -> 'taxLines'"),
  discounts: list("o.pricing -> 'discounts'"),
  shippingLine: json("o.pricing -> 'shippingLine'"),
  tariffVersion: plain('o.tariff_version'),
  shippingAddress: json('o.shipping_address'),
  billingAddress: json('o.billing_address'),
  metadata: json('o.metadata'),
  cancelReason: text('o.cancel_reason'),
  version: plain('o.version'),
  createdAt: time('o.created_at'),
  updatedAt: time('o.updated_at'),
  completedAt: time('o.completed_at'),
  canceledAt: time('o.canceled_at'),
  expiresAt: time('o.expires_at'),
});

const shown = `SELECT o.id, ${representation} AS json FROM orders o`;

// The newest orders, of everyone and in whatever state: what is asked for most, so that it is planned once.
const newest = statementPerLimit('orders.newest', (limit) => `${shown} ORDER BY o.id DESC LIMIT ${limit}`);
const newestAfter = statementPerLimit(
  'orders.newest-after',
  (limit) => `${shown} WHERE o.id < $1 ORDER BY o.id DESC LIMIT ${limit}`,
);

@Injectable()
export class SqlOrderReadModel extends OrderReadModel {
  constructor(private readonly database: Database) {
    super();
  }

  override async list(filter: OrderFilter, afterId: string | null, limit: number): Promise<ShownOrder[]> {
    if (Object.values(filter).every((value) => value === undefined)) {
      if (afterId === null) return this.database.read<ShownOrder>(newest(limit + 1));
      return this.database.read<ShownOrder>(newestAfter(limit + 1), [afterId]);
    }
    const asked = new Conditions();
    asked.where('o.id < ?', afterId);
    asked.where('o.status = ?', filter.status);
    asked.where('o.payment_status = ?', filter.paymentStatus);
    asked.where('o.customer_id = ?', filter.customerId);
    asked.where('o.order_number = ?', filter.orderNumber);
    asked.where('o.created_at >= ?', filter.createdFrom);
    asked.where('o.created_at < ?', filter.createdTo);
    return this.database.readOnce<ShownOrder>(
      `${shown} ${asked.sql} ORDER BY o.id DESC LIMIT ${limit + 1}`,
      asked.values,
    );
  }
}
