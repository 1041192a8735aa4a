import type { StockItem, Units } from '#modules/products/contract.js';

/**
 * The stock that a batch of orders is placed from: the locked rows of the transaction. Each order sees what those before
 * it have left; what is taken is written back as one delta per product.
 */
export class BatchStock {
  private readonly items: ReadonlyMap<string, StockItem>;
  private readonly taken = new Map<string, number>();

  constructor(items: readonly StockItem[]) {
    this.items = new Map(items.map((item) => [item.id, item]));
  }

  find(productId: string): StockItem | undefined {
    return this.items.get(productId);
  }

  available(productId: string): number {
    return (this.items.get(productId)?.stock ?? 0) - (this.taken.get(productId) ?? 0);
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
