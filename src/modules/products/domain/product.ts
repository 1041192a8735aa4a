import type { StockAdjustment } from '#modules/inventory/contract.js';
import type { NewEvent } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import { productEvent, type ProductEvents } from '../events.js';

export interface Product {
  readonly id: string;
  readonly sku: string | null;
  readonly name: string;
  readonly description: string | null;
  /** Minor units of the currency. */
  readonly price: number;
  readonly currency: string;
  /** Units that can still be sold. */
  readonly stock: number;
  readonly active: boolean;
  /** Names the tax rates that apply. */
  readonly taxClass: string;
  /** Grams of one unit; null when it is not known. */
  readonly weightG: number | null;
  /** Whether it is sent, so that shipping is charged and the destination's taxes apply. */
  readonly requiresShipping: boolean;
  readonly metadata: JsonObject;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

type Goods = 'taxClass' | 'weightG' | 'requiresShipping';
export type ProductDraft = Omit<Product, 'id' | 'version' | 'createdAt' | 'updatedAt' | Goods> &
  Partial<Pick<Product, Goods>>;

/** How a tax class is spelled. */
export const TAX_CLASS = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** What most products are. */
const usualGoods = { taxClass: 'standard', weightG: null, requiresShipping: true } as const;

export type ProductChange = Partial<
  Pick<
    Product,
    'name' | 'description' | 'price' | 'sku' | 'active' | 'taxClass' | 'weightG' | 'requiresShipping' | 'metadata'
  >
>;
type ProductEvent = NewEvent<keyof ProductEvents>;

export function createProduct(
  draft: ProductDraft & { readonly id: string },
  now: Date,
): { product: Product; event: ProductEvent } {
  const product = { ...usualGoods, ...draft, version: 1, createdAt: now, updatedAt: now };
  return { product, event: productEvent('product.created', subject(product.id), facts(product)) };
}

/** Null when nothing would change. */
export function changeProduct(
  product: Product,
  change: ProductChange,
  now: Date,
): { product: Product; event: ProductEvent } | null {
  const changed = (Object.keys(change) as (keyof ProductChange)[]).filter(
    (name) => JSON.stringify(change[name]) !== JSON.stringify(product[name]),
  );
  if (changed.length === 0) return null;
  const next = { ...product, ...change, version: product.version + 1, updatedAt: now };
  return { product: next, event: productEvent('product.updated', subject(product.id), { ...facts(next), changed }) };
}

/** The product after its stock was adjusted by hand. */
export function stockAdjusted(
  product: Product,
  { id, delta, reason, stock }: StockAdjustment,
  now: Date,
): { product: Product; event: ProductEvent } {
  const facts = { productId: product.id, adjustmentId: id, delta, reason, stock };
  return {
    product: { ...product, stock, version: product.version + 1, updatedAt: now },
    event: productEvent('product.stock_adjusted', subject(product.id), facts),
  };
}

export function productDeleted(product: Product): ProductEvent {
  return productEvent('product.deleted', subject(product.id), { productId: product.id, sku: product.sku });
}

function subject(id: string): { type: string; id: string } {
  return { type: 'product', id };
}

function facts({ id, sku, name, price, currency, stock, active }: Product): ProductEvents['product.created'] {
  return { productId: id, sku, name, price, currency, stock, active };
}
