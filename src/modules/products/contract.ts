import { DomainError, problem, type ErrorItem } from '#kernel/errors.js';
import { amount, count, currency, flag, listOf, nullable, text, uuid, type PublicEvents } from '#ports/public-events.js';
import type { Tx } from '#ports/tx.js';

export type ProductEventType = 'product.created' | 'product.updated' | 'product.deleted' | 'product.stock_adjusted';

/** A product as placing an order sees it, read under the lock of its row. */
export interface ShelfItem {
  readonly id: string;
  readonly sku: string | null;
  readonly name: string;
  readonly price: number;
  readonly currency: string;
  readonly stock: number;
  readonly active: boolean;
}

/** Units of one product. */
export interface Units {
  readonly productId: string;
  readonly quantity: number;
}

/** What is left to sell. Rows are locked in ascending id order, always. */
export abstract class Inventory {
  /**
   * Locks and reads the products; unknown ids are left out.
   * @param patienceMs how long to wait for somebody else's lock; the database's own limit when left out
   * @throws Busy
   */
  abstract lock(tx: Tx, productIds: readonly string[], patienceMs?: number): Promise<ShelfItem[]>;
  /** Takes units of locked products off the shelf. The schema refuses a stock below zero. */
  abstract take(tx: Tx, units: readonly Units[]): Promise<void>;
  /** Puts units back. */
  abstract restore(tx: Tx, units: readonly Units[]): Promise<void>;
}

export interface ShortLine {
  readonly pointer: string;
  readonly productId: string;
  readonly requested: number;
  readonly available: number;
}

export class InsufficientStock extends DomainError {
  static readonly problem = problem(
    'insufficient-stock',
    'conflict',
    'Not enough stock',
    'More was asked for than can be sold. errors[] names every short line with productId, requested and available; nothing was taken.',
  );
  constructor(short: readonly ShortLine[]) {
    super(
      InsufficientStock.problem,
      short.length === 1 ? `Requested ${short[0]!.requested}, available ${short[0]!.available}.` : `${short.length} lines ask for more than is available.`,
      short.map((line): ErrorItem => ({ ...line, detail: `requested ${line.requested}, available ${line.available}` })),
    );
  }
}

const product = { productId: uuid, sku: nullable(text), name: text, price: amount, currency, stock: count, active: flag };
const productExample = {
  productId: '01939d00-0000-7000-8000-000000000001',
  sku: 'MUG-1',
  name: 'Mug',
  price: 1299,
  currency: 'USD',
  stock: 120,
  active: true,
};

/** What merchants may be told about products. */
export const publicProductEvents: PublicEvents<ProductEventType> = {
  'product.created': { description: 'A product was added to the catalogue.', properties: product, example: productExample },
  'product.updated': {
    description: 'A product was changed; `changed` names the members.',
    properties: { ...product, changed: listOf(text) },
    example: { ...productExample, price: 1399, changed: ['price'] },
  },
  'product.deleted': {
    description: 'A product that no order refers to was deleted.',
    properties: { productId: uuid, sku: nullable(text) },
    example: { productId: productExample.productId, sku: 'MUG-1' },
  },
  'product.stock_adjusted': {
    description: 'Stock was added or taken away by hand. What orders take and give back is told by their own events.',
    properties: { productId: uuid, adjustmentId: uuid, delta: count, reason: text, stock: count },
    example: { productId: productExample.productId, adjustmentId: '01939d00-0000-7000-8000-000000000501', delta: 20, reason: 'delivery', stock: 140 },
  },
};
