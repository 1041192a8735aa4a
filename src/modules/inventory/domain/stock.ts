import { DomainError, problem } from '#kernel/errors.js';
import { InsufficientStock, MAX_STOCK, type Stock, type StockAdjustment } from '../contract.js';

export class StockOutOfBounds extends DomainError {
  static readonly problem = problem(
    'stock-out-of-bounds',
    'unprocessable',
    'The stock would be too large',
    'The stock of one product is at most 1,000,000,000 units.',
  );
  constructor() {
    super(StockOutOfBounds.problem, 'The stock of one product is at most 1,000,000,000 units.');
  }
}

/** @throws InsufficientStock, StockOutOfBounds */
export function adjustStock(current: Stock, id: string, delta: number, reason: string, now: Date): StockAdjustment {
  const { productId } = current;
  const stock = current.stock + delta;
  if (stock < 0)
    throw new InsufficientStock([{ pointer: '#/delta', productId, requested: -delta, available: current.stock }]);
  if (stock > MAX_STOCK) throw new StockOutOfBounds();
  return { id, productId, delta, reason, stock, createdAt: now };
}
