import type { Tx } from '#ports/tx.js';
import type { Product } from '../domain/product.js';

/** Where products are kept. */
export abstract class Products {
  /** Reads products whose inventory rows are locked. */
  abstract read(tx: Tx, ids: readonly string[]): Promise<Product[]>;
  /** One import at a time: two could not see each other's new products. */
  abstract lockForImport(tx: Tx): Promise<void>;
  /** Ids of the products that have one of these skus; not locked. */
  abstract idsOfSkus(tx: Tx, skus: readonly string[]): Promise<string[]>;
  /** @throws SkuTaken */
  abstract insert(tx: Tx, product: Product): Promise<void>;
  /** Its stock aside, which inventory keeps. @throws SkuTaken */
  abstract update(tx: Tx, product: Product): Promise<void>;
  abstract delete(tx: Tx, id: string): Promise<void>;
}
