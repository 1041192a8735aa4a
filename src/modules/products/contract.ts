import type { Tx } from '#ports/tx.js';

export { TAX_CLASS } from './domain/product.js';
export { assertAvailable, oneCurrency } from './domain/sellable.js';

/** A product as placing an order sees it. */
export interface CatalogItem {
  readonly id: string;
  readonly sku: string | null;
  readonly name: string;
  /** Minor units of the currency. */
  readonly price: number;
  readonly currency: string;
  readonly active: boolean;
  readonly taxClass: string;
  /** Grams of one unit, 0 when it is not known. */
  readonly weightG: number;
  readonly requiresShipping: boolean;
}

/** What is sold, and for how much. */
export abstract class Catalog {
  /**
   * Reads products whose inventory rows the transaction has locked, or is about to lock in an earlier statement that
   * travels with this one: every change of a product holds that lock, so what is read here is current until the commit.
   * Unknown ids are left out. Issues its statement before it waits.
   */
  abstract read(tx: Tx, productIds: readonly string[]): Promise<CatalogItem[]>;
}
