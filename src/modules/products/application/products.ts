import type { Tx } from '#ports/tx.js';
import type { Product, StockAdjustment } from '../domain/product.js';

export interface ProductFilter {
  readonly inStock?: boolean;
  readonly active?: boolean;
  readonly sku?: string;
  readonly q?: string;
}

/** Where products are kept. */
export abstract class Products {
  abstract find(id: string): Promise<Product | null>;
  /** Newest first, one more than the limit when there is more. */
  abstract list(filter: ProductFilter, afterId: string | null, limit: number): Promise<Product[]>;
  abstract adjustments(productId: string, afterId: string | null, limit: number): Promise<StockAdjustment[]>;

  abstract lock(tx: Tx, id: string): Promise<Product | null>;
  /** One import at a time: two could not see each other's new products. */
  abstract lockForImport(tx: Tx): Promise<void>;
  /** Those of these skus that there are, locked, ids ascending. */
  abstract lockBySku(tx: Tx, skus: readonly string[]): Promise<Product[]>;
  /** @throws SkuTaken */
  abstract insert(tx: Tx, product: Product): Promise<void>;
  /** @throws SkuTaken */
  abstract update(tx: Tx, product: Product): Promise<void>;
  abstract insertAdjustment(tx: Tx, adjustment: StockAdjustment): Promise<void>;
  /** @throws ProductInUse */
  abstract delete(tx: Tx, id: string): Promise<void>;
}
