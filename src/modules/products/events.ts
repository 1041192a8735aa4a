import { amount, count, currency, flag, listOf, nullable, object, text, uuid } from '#kernel/schema.js';
import { eventsOf, eventType, type PayloadsOf } from '#ports/events.js';

const product = {
  productId: uuid,
  sku: nullable(text),
  name: text,
  price: amount,
  currency,
  stock: count,
  active: flag,
};
const productExample = {
  productId: '01939d00-0000-7000-8000-000000000001',
  sku: 'MUG-1',
  name: 'Mug',
  price: 1299,
  currency: 'USD',
  stock: 120,
  active: true,
};

export const productEvents = {
  'product.created': eventType({
    version: 1,
    isPublic: true,
    description: 'A product was added to the catalog.',
    payload: object(product),
    example: productExample,
  }),
  'product.updated': eventType({
    version: 1,
    isPublic: true,
    description: 'A product was changed; `changed` names the members.',
    payload: object({ ...product, changed: listOf(text) }),
    example: { ...productExample, price: 1399, changed: ['price'] },
  }),
  'product.deleted': eventType({
    version: 1,
    isPublic: true,
    description: 'A product that no order refers to was deleted.',
    payload: object({ productId: uuid, sku: nullable(text) }),
    example: { productId: productExample.productId, sku: 'MUG-1' },
  }),
  'product.stock_adjusted': eventType({
    version: 1,
    isPublic: true,
    description: 'Stock was added or removed manually. Order events report the stock that orders take and return.',
    payload: object({ productId: uuid, adjustmentId: uuid, delta: count, reason: text, stock: count }),
    example: {
      productId: productExample.productId,
      adjustmentId: '01939d00-0000-7000-8000-000000000501',
      delta: 20,
      reason: 'delivery',
      stock: 140,
    },
  }),
};

export type ProductEvents = PayloadsOf<typeof productEvents>;
export const productEvent = eventsOf(productEvents);
