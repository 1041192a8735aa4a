import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { Inventory } from '#modules/inventory/contract.js';
import { changeProduct, createProduct, type Product } from '../domain/product.js';
import type { CatalogContents, ExternalItem, RejectedItem } from './external-catalog.js';
import { LockedProducts } from './locked-products.js';
import { Products } from './products.js';

export interface ImportResult {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: readonly RejectedItem[];
}

export class ImportProducts extends Command<ImportResult> {
  constructor(
    readonly tx: Tx,
    /** Read before the transaction, because it asks the outside world. */
    readonly catalogue: CatalogContents,
    readonly cause: Cause,
  ) {
    super();
  }
}

/**
 * Takes over the catalogue of another system: products are known again by their sku. Name, description and price follow
 * the catalogue; stock is taken over once, because from then on it is sold here. One transaction; locks: inventory rows, ids ascending.
 */
@CommandHandler(ImportProducts)
export class ImportProductsHandler implements ICommandHandler<ImportProducts> {
  constructor(
    private readonly locked: LockedProducts,
    private readonly products: Products,
    private readonly inventory: Inventory,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, catalogue: { items, rejected }, cause }: ImportProducts): Promise<ImportResult> {
    await this.products.lockForImport(tx);
    const counts = { created: 0, updated: 0, unchanged: 0 };
    const other: RejectedItem[] = [];
    const known = new Map(
      (
        await this.locked.bySku(
          tx,
          items.map(({ sku }) => sku),
        )
      ).map((product) => [product.sku, product]),
    );
    for (const item of items) {
      const product = known.get(item.sku);
      if (product && product.currency !== item.currency)
        other.push({ sku: item.sku, detail: `it is sold in ${product.currency} here` });
      else counts[await this.take(tx, item, product, cause)]++;
    }
    return { ...counts, rejected: [...rejected, ...other] };
  }

  private async take(
    tx: Tx,
    { stock, ...item }: ExternalItem,
    known: Product | undefined,
    cause: Cause,
  ): Promise<'created' | 'updated' | 'unchanged'> {
    const now = this.clock.now();
    if (known) {
      const change = changeProduct(known, { name: item.name, description: item.description, price: item.price }, now);
      if (!change) return 'unchanged';
      await this.products.update(tx, change.product);
      await this.events.append(tx, [change.event], cause);
      return 'updated';
    }
    const { product, event } = createProduct({ ...item, id: newId(), stock, active: true, metadata: {} }, now);
    await this.products.insert(tx, product);
    await this.inventory.create(tx, product.id, stock);
    await this.events.appendFirst(tx, [{ ...event, cause }]);
    return 'created';
  }
}
