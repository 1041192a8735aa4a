import { MixedCurrencies, ProductUnavailable } from './errors.js';

/** @throws ProductUnavailable naming each line whose product is unknown or inactive */
export function assertAvailable(
  items: readonly { readonly productId: string }[],
  find: (productId: string) => { readonly active: boolean } | undefined,
): void {
  const missing = items.flatMap(({ productId }, i) =>
    find(productId)?.active ? [] : [{ pointer: `#/items/${i}/productId`, productId }],
  );
  if (missing.length > 0) throw new ProductUnavailable(missing);
}

/** The one currency of goods that are sold together. @throws MixedCurrencies */
export function oneCurrency(currencies: readonly string[]): string {
  const different = [...new Set(currencies)];
  if (different.length > 1) throw new MixedCurrencies(different);
  return different[0]!;
}
