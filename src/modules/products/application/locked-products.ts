import { Injectable } from '@nestjs/common';
import { Inventory } from '#modules/inventory/contract.js';
import { NotFound } from '#kernel/errors.js';
import type { Tx } from '#ports/tx.js';
import type { Product } from '../domain/product.js';
import { Products } from './products.js';

/**
 * The one way to lock a product before it changes. Locks: its inventory row, which placing an order locks too; so an
 * order sees a product as it was before the change or after it, and never in between.
 */
@Injectable()
export class LockedProducts {
  constructor(
    private readonly products: Products,
    private readonly inventory: Inventory,
  ) {}

  /** @throws NotFound */
  async one(tx: Tx, id: string): Promise<Product> {
    await this.inventory.lock(tx, [id]);
    const [product] = await this.products.read(tx, [id]);
    if (!product) throw new NotFound('product', id);
    return product;
  }

  /** Those of these skus that there are, ids ascending. */
  async bySku(tx: Tx, skus: readonly string[]): Promise<Product[]> {
    const ids = (await this.products.idsOfSkus(tx, skus)).sort();
    if (ids.length === 0) return [];
    await this.inventory.lock(tx, ids);
    return this.products.read(tx, ids);
  }
}
