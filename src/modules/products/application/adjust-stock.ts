import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { Inventory, type StockAdjustment } from '#modules/inventory/contract.js';
import { stockAdjusted } from '../domain/product.js';
import { LockedProducts } from './locked-products.js';
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

/** Locks: the inventory row, then the product. Guard: inventory_stock_not_negative. */
@CommandHandler(AdjustStock)
export class AdjustStockHandler implements ICommandHandler<AdjustStock> {
  constructor(
    private readonly locked: LockedProducts,
    private readonly products: Products,
    private readonly inventory: Inventory,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, productId, delta, reason, cause }: AdjustStock): Promise<StockAdjustment> {
    const before = await this.locked.one(tx, productId);
    const adjustment = await this.inventory.adjust(tx, { productId, stock: before.stock }, delta, reason);
    const { product, event } = stockAdjusted(before, adjustment, this.clock.now());
    await this.products.update(tx, product);
    await this.events.append(tx, [event], cause);
    return adjustment;
  }
}
