import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { PreconditionFailed } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { changeProduct, type Product, type ProductChange } from '../domain/product.js';
import { LockedProducts } from './locked-products.js';
import { Products } from './products.js';

export class ChangeProduct extends Command<Product> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly change: ProductChange,
    /** The version the caller has seen, or null to change whatever is there. */
    readonly accepts: ((version: number) => boolean) | null,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Locks: the inventory row, then the product. Guard: the version. */
@CommandHandler(ChangeProduct)
export class ChangeProductHandler implements ICommandHandler<ChangeProduct> {
  constructor(
    private readonly locked: LockedProducts,
    private readonly products: Products,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, change, accepts, cause }: ChangeProduct): Promise<Product> {
    const product = await this.locked.one(tx, id);
    if (accepts && !accepts(product.version)) throw new PreconditionFailed(product.version);
    const changed = changeProduct(product, change, this.clock.now());
    if (!changed) return product;
    await this.products.update(tx, changed.product);
    await this.events.append(tx, [changed.event], cause);
    return changed.product;
  }
}
