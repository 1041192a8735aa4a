import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { createProduct, type Product } from '../domain/product.js';
import { Products } from './products.js';

export class CreateProduct extends Command<Product> {
  constructor(
    readonly tx: Tx,
    readonly draft: Omit<Product, 'id' | 'version' | 'createdAt' | 'updatedAt'> & { id?: string },
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(CreateProduct)
export class CreateProductHandler implements ICommandHandler<CreateProduct> {
  constructor(
    private readonly products: Products,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, draft, cause }: CreateProduct): Promise<Product> {
    const now = this.clock.now();
    const { product, event } = createProduct({ ...draft, id: draft.id ?? newId() }, now);
    await this.products.insert(tx, product);
    // The history begins with the first units, so that it always explains the whole stock.
    if (product.stock > 0) {
      await this.products.insertAdjustment(tx, {
        id: newId(),
        productId: product.id,
        delta: product.stock,
        reason: 'initial stock',
        stock: product.stock,
        createdAt: now,
      });
    }
    await this.events.appendFirst(tx, [{ ...event, cause }]);
    return product;
  }
}
