import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Transactions } from '#ports/tx.js';
import { productDeleted } from '../domain/product.js';
import { Products } from './products.js';

export class DeleteProduct {
  constructor(
    readonly id: string,
    readonly cause: Cause,
  ) {}
}

@CommandHandler(DeleteProduct)
export class DeleteProductHandler implements ICommandHandler<DeleteProduct, void> {
  constructor(
    private readonly transactions: Transactions,
    private readonly products: Products,
    private readonly events: EventLog,
  ) {}

  execute({ id, cause }: DeleteProduct): Promise<void> {
    return this.transactions.run(async (tx) => {
      const product = await this.products.lock(tx, id);
      if (!product) throw new NotFound('product', id);
      await this.products.delete(tx, id);
      await this.events.append(tx, [productDeleted(product)], cause);
    });
  }
}
