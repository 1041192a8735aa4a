export interface ProductFilter {
  readonly inStock?: boolean;
  readonly active?: boolean;
  readonly sku?: string;
  readonly q?: string;
}

/** A product as it is shown: its representation is written by the database and sent as it is. */
export interface ShownProduct {
  readonly id: string;
  readonly version: number;
  readonly stock: number;
  /** JSON text of a ProductAnswer. */
  readonly json: string;
}

/** What queries read. Commands read products whose inventory they have locked, through Products. */
export abstract class ProductReadModel {
  abstract find(id: string): Promise<ShownProduct | null>;
  /** Newest first, one more than the limit when there is more. */
  abstract list(filter: ProductFilter, afterId: string | null, limit: number): Promise<ShownProduct[]>;
}
