import {
  amount,
  count,
  currency,
  flag,
  freeText,
  listOf,
  nullable,
  object,
  oneOf,
  optional,
  text,
  uuid,
} from '#kernel/schema.js';
import { eventsOf, eventType, type PayloadsOf } from '#ports/events.js';

const order = {
  orderId: uuid,
  orderNumber: text,
  customerId: nullable(text),
  status: oneOf('pending', 'completed', 'canceled'),
  total: amount,
  currency,
};
const orderExample = {
  orderId: '01939d00-0000-7000-8000-000000000101',
  orderNumber: 'DEMO-101',
  customerId: 'customer-42',
  status: 'pending',
  total: 5899,
  currency: 'USD',
} as const;
/** In every event of an order: the state after the event. */
const paymentStatus = oneOf(
  'unpaid',
  'processing',
  'requires_action',
  'authorized',
  'partially_paid',
  'paid',
  'failed',
  'partially_refunded',
  'refunded',
  'disputed',
  'canceled',
);
const line = object({
  productId: uuid,
  sku: nullable(text),
  name: text,
  quantity: count,
  unitPrice: amount,
  total: amount,
});

const appliedDiscount = object({ promotionId: uuid, code: nullable(text), amount });

export const orderEvents = {
  'order.placed': eventType({
    version: 1,
    isPublic: true,
    description: 'An order was placed; its units are taken from stock.',
    payload: object({
      ...order,
      paymentMethod: oneOf('card', 'balance', 'manual'),
      subtotal: amount,
      discount: optional(amount),
      taxIncluded: optional(flag),
      discounts: optional(listOf(appliedDiscount)),
      tax: amount,
      shipping: amount,
      items: listOf(line),
    }),
    example: {
      ...orderExample,
      paymentMethod: 'card',
      subtotal: 5899,
      discount: 0,
      taxIncluded: false,
      discounts: [],
      tax: 0,
      shipping: 0,
      items: [
        {
          productId: '01939d00-0000-7000-8000-000000000001',
          sku: 'MUG-1',
          name: 'Mug',
          quantity: 1,
          unitPrice: 5899,
          total: 5899,
        },
      ],
    },
  }),
  'order.completed': eventType({
    version: 1,
    isPublic: true,
    description: 'An order was completed: it is paid, or its payment is authorized.',
    payload: object({ ...order, paymentStatus }),
    example: { ...orderExample, status: 'completed', paymentStatus: 'paid' },
  }),
  'order.canceled': eventType({
    version: 1,
    isPublic: true,
    description: 'An order was canceled, by request or because it expired; every unit is back in stock.',
    payload: object({ ...order, reason: nullable(freeText), paymentStatus }),
    example: { ...orderExample, status: 'canceled', reason: 'expired', paymentStatus: 'unpaid' },
  }),
};

export type OrderEvents = PayloadsOf<typeof orderEvents>;
export const orderEvent = eventsOf(orderEvents);
