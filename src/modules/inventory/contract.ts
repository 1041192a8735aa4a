import { DomainError, problem, type ErrorItem } from '#kernel/errors.js';
import type { Tx } from '#ports/tx.js';

/** What is left to sell of one product, read under the lock of its row. */
export interface Stock {
  readonly productId: string;
  readonly stock: number;
}

/** Units of one product at most. */
export const MAX_STOCK = 1_000_000_000;

/** Units of one product. */
export interface Units {
  readonly productId: string;
  readonly quantity: number;
}

/** A change of stock by hand, with its reason. */
export interface StockAdjustment {
  readonly id: string;
  readonly productId: string;
  readonly delta: number;
  readonly reason: string;
  /** Stock after the adjustment. */
  readonly stock: number;
  readonly createdAt: Date;
}

/**
 * What is left to sell. Rows are locked in ascending order of product ids, always. The row of a product is also the lock
 * under which the product itself changes.
 */
export abstract class Inventory {
  /**
   * Locks and reads the stock of products; unknown ids are left out. Issues its statements before it waits.
   * @param lockTimeoutMs how long to wait for a row lock; the database's own limit when left out
   * @throws Busy
   */
  abstract lock(tx: Tx, productIds: readonly string[], lockTimeoutMs?: number): Promise<Stock[]>;
  /** Takes units of locked products from stock. The schema refuses a stock below zero. */
  abstract take(tx: Tx, units: readonly Units[]): Promise<void>;
  /** Puts units back. */
  abstract restore(tx: Tx, units: readonly Units[]): Promise<void>;

  /** The stock of a new product; the history begins with its first units, so that it always explains the whole stock. */
  abstract create(tx: Tx, productId: string, stock: number): Promise<void>;
  /**
   * Adds or takes away units of a locked product by hand.
   * @throws InsufficientStock, StockOutOfBounds
   */
  abstract adjust(tx: Tx, current: Stock, delta: number, reason: string): Promise<StockAdjustment>;
  /** Removes the stock of a locked product. False when units of it were ever ordered: then it stays. */
  abstract remove(tx: Tx, productId: string): Promise<boolean>;

  /** Newest first, one more than the limit when there is more. */
  abstract adjustments(productId: string, afterId: string | null, limit: number): Promise<StockAdjustment[]>;
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
    'The requested quantity exceeds the stock. errors[] lists every short line with productId, requested and available; no stock was changed.',
  );
  constructor(short: readonly ShortLine[]) {
    super(
      InsufficientStock.problem,
      short.length === 1
        ? `Requested ${short[0]!.requested}, available ${short[0]!.available}.`
        : `${short.length} lines exceed the available stock.`,
      short.map((line): ErrorItem => ({ ...line, detail: `requested ${line.requested}, available ${line.available}` })),
    );
  }
}
