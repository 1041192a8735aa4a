import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { Inventory } from '#modules/inventory/contract.js';
import { createProduct, type Product, type ProductDraft } from '../domain/product.js';
import { Products } from './products.js';

export class CreateProduct extends Command<Product> {
  constructor(
    readonly tx: Tx,
    readonly draft: ProductDraft & { id?: string },
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(CreateProduct)
export class CreateProductHandler implements ICommandHandler<CreateProduct> {
  constructor(
    private readonly products: Products,
    private readonly inventory: Inventory,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, draft, cause }: CreateProduct): Promise<Product> {
    const now = this.clock.now();
    const { product, event } = createProduct({ ...draft, id: draft.id ?? newId() }, now);
    await this.products.insert(tx, product);
    await this.inventory.create(tx, product.id, product.stock);
    await this.events.appendFirst(tx, [{ ...event, cause }]);
    return product;
  }
}
