import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { InsufficientStock } from '../contract.js';
import { StockOutOfBounds } from '../domain/errors.js';
import { adjustStock, type StockAdjustment } from '../domain/product.js';
import { Products } from './products.js';

export class AdjustStock extends Command<StockAdjustment> {
  constructor(
    readonly tx: Tx,
    readonly productId: string,
    readonly delta: number,
    readonly reason: string,
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(AdjustStock)
export class AdjustStockHandler implements ICommandHandler<AdjustStock> {
  constructor(
    private readonly products: Products,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, productId, delta, reason, cause }: AdjustStock): Promise<StockAdjustment> {
    const product = await this.products.lock(tx, productId);
    if (!product) throw new NotFound('product', productId);
    const adjusted = adjustStock(product, newId(), delta, reason, this.clock.now());
    if (!adjusted) {
      if (delta > 0) throw new StockOutOfBounds();
      throw new InsufficientStock([{ pointer: '#/delta', productId, requested: -delta, available: product.stock }]);
    }
    await this.products.update(tx, adjusted.product);
    await this.products.insertAdjustment(tx, adjusted.adjustment);
    await this.events.append(tx, [adjusted.event], cause);
    return adjusted.adjustment;
  }
}
