import type { CatalogItem } from '#modules/products/contract.js';
import type { QuotedItem } from './quote-types.js';

/** A product as pricing sees it. */
export function quotedItem(product: CatalogItem, quantity: number): QuotedItem {
  const { id, price, taxClass, weightG, requiresShipping } = product;
  return { productId: id, quantity, unitPrice: price, taxClass, weightG, requiresShipping, categoryIds: [] };
}

/** A line as pricing was told of it when its order was placed. */
export function quotedLine(
  productId: string | null,
  quantity: number,
  input: Pick<QuotedItem, 'unitPrice' | 'taxClass' | 'weightG' | 'requiresShipping'>,
): QuotedItem {
  return { productId, quantity, categoryIds: [], ...input };
}
