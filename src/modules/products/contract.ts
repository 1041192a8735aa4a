import { DomainError, problem, type ErrorItem } from '#kernel/errors.js';
import type { Tx } from '#ports/tx.js';

/** A product as placing an order sees it, read under the lock of its row. */
export interface StockItem {
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
   * @param lockTimeoutMs how long to wait for somebody else's lock; the database's own limit when left out
   * @throws Busy
   */
  abstract lock(tx: Tx, productIds: readonly string[], lockTimeoutMs?: number): Promise<StockItem[]>;
  /** Takes units of locked products from stock. The schema refuses a stock below zero. */
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
      short.length === 1
        ? `Requested ${short[0]!.requested}, available ${short[0]!.available}.`
        : `${short.length} lines ask for more than is available.`,
      short.map((line): ErrorItem => ({ ...line, detail: `requested ${line.requested}, available ${line.available}` })),
    );
  }
}
