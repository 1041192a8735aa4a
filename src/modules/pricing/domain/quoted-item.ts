import type { CatalogItem } from '#modules/products/contract.js';
import type { QuotedItem } from './quote-types.js';

/** A product as pricing sees it. */
export function quotedItem(product: CatalogItem, quantity: number): QuotedItem {
  const { id, price, taxClass, weightG, requiresShipping } = product;
  return { productId: id, quantity, unitPrice: price, taxClass, weightG, requiresShipping, categoryIds: [] };
}
