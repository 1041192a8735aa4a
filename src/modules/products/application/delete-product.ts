import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { Inventory } from '#modules/inventory/contract.js';
import { ProductInUse } from '../domain/errors.js';
import { productDeleted } from '../domain/product.js';
import { LockedProducts } from './locked-products.js';
import { Products } from './products.js';

export class DeleteProduct extends Command<void> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Locks: the inventory row, then the product. Guard: in_use of the inventory row. */
@CommandHandler(DeleteProduct)
export class DeleteProductHandler implements ICommandHandler<DeleteProduct> {
  constructor(
    private readonly locked: LockedProducts,
    private readonly products: Products,
    private readonly inventory: Inventory,
    private readonly events: EventLog,
  ) {}

  async execute({ tx, id, cause }: DeleteProduct): Promise<void> {
    const product = await this.locked.one(tx, id);
    if (!(await this.inventory.remove(tx, id))) throw new ProductInUse();
    await this.products.delete(tx, id);
    await this.events.append(tx, [productDeleted(product)], cause);
  }
}
