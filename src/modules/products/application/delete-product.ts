import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { productDeleted } from '../domain/product.js';
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

@CommandHandler(DeleteProduct)
export class DeleteProductHandler implements ICommandHandler<DeleteProduct> {
  constructor(
    private readonly products: Products,
    private readonly events: EventLog,
  ) {}

  async execute({ tx, id, cause }: DeleteProduct): Promise<void> {
    const product = await this.products.lock(tx, id);
    if (!product) throw new NotFound('product', id);
    await this.products.delete(tx, id);
    await this.events.append(tx, [productDeleted(product)], cause);
  }
}
