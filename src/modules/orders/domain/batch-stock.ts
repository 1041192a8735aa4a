import type { Stock, Units } from '#modules/inventory/contract.js';
import type { CatalogItem } from '#modules/products/contract.js';

/**
 * The stock that a batch of orders is placed from: the locked rows of the transaction. Each order sees what those before
 * it have left; what is taken is written back as one delta per product.
 */
export class BatchStock {
  private readonly products: ReadonlyMap<string, CatalogItem>;
  private readonly stocks: ReadonlyMap<string, number>;
  private readonly taken = new Map<string, number>();

  constructor(products: readonly CatalogItem[], stocks: readonly Stock[]) {
    this.products = new Map(products.map((product) => [product.id, product]));
    this.stocks = new Map(stocks.map(({ productId, stock }) => [productId, stock]));
  }

  find(productId: string): CatalogItem | undefined {
    return this.products.get(productId);
  }

  available(productId: string): number {
    return (this.stocks.get(productId) ?? 0) - (this.taken.get(productId) ?? 0);
  }

  take(units: readonly Units[]): void {
    for (const { productId, quantity } of units) {
      this.taken.set(productId, (this.taken.get(productId) ?? 0) + quantity);
    }
  }

  takenUnits(): Units[] {
    return [...this.taken].map(([productId, quantity]) => ({ productId, quantity }));
  }
}
